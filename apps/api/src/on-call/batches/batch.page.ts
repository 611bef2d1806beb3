import type { AuditTrail, OddRow, SeenBatch, ShownBatch } from '#libs/notifications/index.js';
import type { Page } from '../../pages/frame.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { factList } from '../facts.part.js';
import { instant } from '../time.words.js';
import { trailList } from '../trail/trail.part.js';
import { short } from '../words.js';
import { actPanels } from './acts.part.js';
import { listOf, stateBadge, titleOf } from './batch.names.js';
import type { PaceBefore } from './batch.query.js';
import { livePart } from './progress.part.js';
import { hiddenSamples, samplesPanel } from './samples.part.js';

interface BatchPageState {
  batch: SeenBatch;
  /** Absent where nothing is left to say yes to; hidden from whoever may not see mails. */
  shown: ShownBatch | 'hidden' | undefined;
  odd: readonly OddRow[];
  trail: Awaited<ReturnType<AuditTrail['page']>>;
  before: PaceBefore;
  actor: string;
  token: Html | undefined;
  now: Date;
}

/** One batch: where it stands, what was found, what it sends, what can be done, and who did what. */
export function batchPage(state: BatchPageState): Page {
  const { batch, shown, odd, trail } = state;
  return {
    title: `Batch ${short(batch.id)}`,
    section: '/ops/batches',
    main: html`<div class="head">
        <div>
          <h1 class="row">${titleOf(batch)} ${stateBadge(batch.state)}</h1>
          <p class="soft">Batch <code>${batch.id}</code></p>
        </div>
      </div>
      ${whyPart(batch)}
      <div data-live>${livePart(state)}</div>
      ${odd.length > 0 && oddPanel(odd)}
      ${shown && (shown === 'hidden' ? hiddenSamples : samplesPanel(batch, shown))} ${actPanels(state)}
      ${aboutPanel(batch)}
      <section class="panel" aria-labelledby="trail">
        <h2 id="trail">Who did what</h2>
        ${trailList(trail)}
      </section>`,
  };
}

/** Why it was refused or stopped. */
function whyPart({ state, reason, detail, sameAs }: SeenBatch): Html | undefined {
  if (detail === null || (state !== 'refused' && state !== 'stopped')) return undefined;
  return html`<div class="say bad wide-say" role="alert">
    <p>${detail}</p>
    ${sameAs !== null && html`<p><a href="/ops/batches/${sameAs}">Open that first run</a></p>`}
    <p class="small"><code>${reason}</code></p>
  </div>`;
}

/** Rows that somebody may want to look at in the list itself. */
function oddPanel(odd: readonly OddRow[]): Html {
  return html`<section class="panel" aria-labelledby="odd">
    <h2 id="odd">The first rows that are run for nobody</h2>
    <ul class="plain-list">
      ${odd.map(
        ({ row, subject, outcome }) =>
          html`<li>
            <strong>Line ${row.toLocaleString('en')}</strong>
            ${subject === '' ? html`<span class="soft">(empty)</span>` : html`<bdi><code>${subject}</code></bdi>`}
            <span class="soft">${ODD_WORDS[outcome]}</span>
          </li>`,
      )}
    </ul>
    <p class="soft small">All of them stand in the results.</p>
  </section>`;
}

/** Outcomes that say that the list itself may be wrong, of one row. */
const ODD_WORDS: Partial<Record<OddRow['outcome'], string>> = {
  malformed: 'holds no id that can be read',
  unknown: 'names nobody who is registered here',
};
export const ODD_OUTCOMES = Object.keys(ODD_WORDS) as OddRow['outcome'][];

function aboutPanel(batch: SeenBatch): Html {
  const { action, incident, topic, rows, madeAt, madeBy, approvedBy, startedAt, endedAt, rowsRemovedAt } =
    batch;
  return html`<section class="panel" aria-labelledby="about">
    <h2 id="about">What is known of it</h2>
    ${factList({
      Action: html`<code>${action}</code>`,
      State: topic,
      Incident: incident !== null && html`<code>${incident}</code>`,
      List: listOf(batch),
      Rows: rows.toLocaleString('en'),
      Made: html`${instant(madeAt)} by <bdi>${madeBy}</bdi>`,
      Approved: approvedBy !== null && html`by <bdi>${approvedBy}</bdi>`,
      Started: startedAt && instant(startedAt),
      Ended: endedAt && instant(endedAt),
      'Rows removed': rowsRemovedAt && instant(rowsRemovedAt),
    })}
  </section>`;
}
