import { CHECKED_OUTCOMES, leftToRun, outcomeWords, wordsFor } from '#libs/notifications/index.js';
import type { RowOutcome, SeenBatch } from '#libs/notifications/index.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';

/** What is run comes first, then what is not, in the order in which it is decided. */
const OUTCOMES: RowOutcome[] = ['applied', ...CHECKED_OUTCOMES];

/** How many rows stand how, each with a bar beside the others. */
export function reportPanel(batch: SeenBatch): Html | undefined {
  const { id, state, rows, counts, action } = batch;
  if (rows === 0 || state === 'refused') return undefined;
  const words = outcomeWords(action);
  const shown = OUTCOMES.filter((outcome) => counts[outcome] > 0);
  const unseen = rows - shown.reduce((sum, outcome) => sum + counts[outcome], 0);
  const hasRemaining = state !== 'validating' && (leftToRun(action, counts) > 0 || unseen > 0);
  return html`<section class="panel" aria-labelledby="report">
    <div class="head">
      <h2 id="report">The list, row by row</h2>
      <p class="row small">
        <a href="/ops/batches/${id}/results.csv" download>A result for each row, as CSV</a>
        ${hasRemaining && html`<a href="/ops/batches/${id}/remaining.csv" download>What was not run, as a list</a>`}
      </p>
    </div>
    <div class="table" tabindex="0" role="region" aria-label="The report, to scroll">
      <table class="report">
        <thead>
          <tr>
            <th scope="col" class="number">Rows</th>
            <th scope="col">that …</th>
            <th scope="col">Share</th>
          </tr>
        </thead>
        <tbody>
          ${shown.map((outcome) => row(counts[outcome], rows, wordsFor(counts[outcome], words[outcome]), outcome))}
          ${unseen > 0 && row(unseen, rows, unseen === 1 ? 'is not looked at yet' : 'are not looked at yet', undefined)}
        </tbody>
      </table>
    </div>
    ${unreached(batch)}
  </section>`;
}

/** A status is recorded all the same of those whom no mail reaches. */
function unreached({ action, counts }: SeenBatch): Html | undefined {
  const many = counts.suppressed + counts['no-address'];
  const areRun = leftToRun(action, counts) > counts.ready + counts.superseded;
  return many > 0 && areRun
    ? html`<p class="soft small">
        Rows without an address that mails go to are run too: the return is open again, and nobody is told by
        mail. They then need a letter or a call.
      </p>`
    : undefined;
}

function row(count: number, rows: number, words: string, outcome: RowOutcome | undefined): Html {
  const share = (count / rows) * 100;
  // One among a million is still to be seen.
  const width = Math.max(1, share).toFixed(1);
  const tone =
    outcome === 'ready' || outcome === 'applied' ? 'run' : outcome === undefined ? 'later' : 'left';
  return html`<tr>
    <td class="number"><strong>${count.toLocaleString('en')}</strong></td>
    <th scope="row">${words}${outcome && html` <code class="soft">${outcome}</code>`}</th>
    <td class="share">
      <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
        <rect class="${tone}" width="${width}" height="10" />
      </svg>
      <span class="soft small">${shareInWords(share)}</span>
    </td>
  </tr>`;
}

function shareInWords(share: number): string {
  if (share > 0 && share < 1) return '< 1 %';
  if (share > 99 && share < 100) return '> 99 %';
  return `${Math.round(share)} %`;
}
