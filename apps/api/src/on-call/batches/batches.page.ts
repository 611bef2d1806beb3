import type { MailGlance, SeenBatch } from '#libs/notifications/index.js';
import type { Page as ListPage } from '../../contract/page.js';
import type { Page } from '../../pages/frame.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { instant } from '../time.words.js';
import { counted } from '../words.js';
import { listOf, stateBadge, titleOf } from './batch.names.js';
import { rowsInWords } from './progress.part.js';
import { sendForms } from './send.part.js';

interface BatchesState {
  page: ListPage<SeenBatch>;
  /** What became of the mails of each. */
  mails: ReadonlyMap<string, MailGlance>;
  token: Html | undefined;
}

/** All batches, newest first, with the way to make one. */
export function batchesPage({ page: { items, next }, mails, token }: BatchesState): Page {
  return {
    title: 'Batches',
    section: '/ops/batches',
    main: html`<div class="head">
        <div>
          <h1>Batches</h1>
          <p class="soft">
            Lists of tax returns, each told once, with a result for every row. Newest first; whoever opens one
            can go on where another stopped.
          </p>
        </div>
      </div>
      ${sendForms(token)}
      <section class="panel" aria-label="Batches">
        ${
          items.length === 0
            ? html`<p class="soft">None yet.</p>`
            : html`<ul class="needs">
                ${items.map((batch) => item(batch, mails.get(batch.id)))}
              </ul>`
        }
        ${next !== null && html`<p><a rel="next" href="${next}">Older</a></p>`}
      </section>`,
  };
}

function item(batch: SeenBatch, mails: MailGlance | undefined): Html {
  const { id, incident, state, madeAt, madeBy } = batch;
  return html`<li>
    <p class="row">
      ${stateBadge(state)} <a href="/ops/batches/${id}"><strong>${titleOf(batch)}</strong></a>
      ${incident !== null && html`<code>${incident}</code>`}
    </p>
    <p>${rowsInWords(batch)}${mails && mailsInWords(mails)}.</p>
    <p class="soft small">Made ${instant(madeAt)} by <bdi>${madeBy}</bdi>, ${listOf(batch)}</p>
  </li>`;
}

/** What a glance found; of very many, the first. */
function mailsInWords({ told, failed, uncertain, isAll }: MailGlance): Html | undefined {
  if (told + failed + uncertain === 0) return undefined;
  const bad = [
    failed > 0 ? `${failed.toLocaleString('en')} failed` : undefined,
    uncertain > 0 ? `${uncertain.toLocaleString('en')} perhaps sent` : undefined,
  ].filter((words) => words !== undefined);
  const more = isAll ? '' : ' or more';
  return html`; ${counted(told, 'mail')}${more}
  told${bad.length > 0 && html`, <strong>${bad.join(', ')}${more}</strong>`}`;
}
