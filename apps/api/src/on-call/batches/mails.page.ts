import { MAIL_WORDS, needOf, needReasonOf, saidOf, wordsFor } from '#libs/notifications/index.js';
import type { Became, NotificationService, SeenBatch } from '#libs/notifications/index.js';
import type { Page as ListPage } from '../../contract/page.js';
import type { Page } from '../../pages/frame.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { addressOf } from '../on-call.query.js';
import { instant } from '../time.words.js';
import { counted, NEED_WORDS, short } from '../words.js';
import { titleOf } from './batch.names.js';

type ListedMail = Awaited<ReturnType<NotificationService['page']>>[number];

interface MailsState {
  batch: SeenBatch;
  became: Became;
  page: ListPage<ListedMail>;
}

/** Those mails of a batch of which the same became: what stands behind a number on its page. */
export function batchMailsPage({ batch, became, page: { items, next } }: MailsState): Page {
  const { id, counts } = batch;
  const [what = ''] = wordsFor(counts[became], MAIL_WORDS[became]).split(':');
  return {
    title: `Mails of batch ${short(id)}`,
    section: '/ops/batches',
    main: html`<div class="head">
        <div>
          <h1>${counted(counts[became], 'mail')} ${what}</h1>
          <p class="soft">
            Of the batch <a href="/ops/batches/${id}">${titleOf(batch)} <code>${short(id)}</code></a
            >, newest first.
          </p>
        </div>
      </div>
      <section class="panel" aria-label="Mails">
        <p class="row small">${ways(id, became)}</p>
        ${
          items.length === 0
            ? html`<p class="soft">None.</p>`
            : html`<ul class="needs">
                ${items.map((mail) => item(mail, became))}
              </ul>`
        }
        ${next !== null && html`<p><a rel="next" href="${next}">Older</a></p>`}
      </section>`,
  };
}

/** What can be done with all of them. */
function ways(id: string, became: Became): Html {
  const all = addressOf('/v1/notifications.csv', { batchId: id, became });
  const unknown = `${addressOf('/ops', { batch: id, need: 'unknown' })}#mails`;
  return html`<a href="${all}" download>All of them as CSV</a>
    ${became === 'failed' && html`<a href="${addressOf('/ops/resend', { batch: id, all: 'yes' })}">Dry run of sending them again</a>`}
    ${became === 'uncertain' && html`<a href="${unknown}">Decide what became of them</a>`}`;
}

function item(mail: ListedMail, became: Became): Html {
  const { id, template, taxReturnId, state, reason, openedAt } = mail;
  const need = needOf(state);
  const said = saidOf({ need, reason: needReasonOf(mail) });
  const isBad = became === 'failed' || became === 'uncertain';
  return html`<li>
    <p class="row">
      ${isBad && html`<span class="badge ${NEED_WORDS[need].tone}">${NEED_WORDS[need].word}</span>`}
      <a href="/ops/notifications/${id}"><strong>${template}</strong> <code>${short(id)}</code></a>
      <span class="soft small">${instant(openedAt)}</span>
    </p>
    ${isBad ? html`<p>${said.why} <span class="soft">${said.todo}</span></p>` : reason !== null && html`<p><code>${reason}</code></p>`}
    <p class="small">
      <a href="/ops/tax-returns/${taxReturnId}">Tax return <code>${taxReturnId}</code></a>
    </p>
  </li>`;
}
