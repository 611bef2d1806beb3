import { BECAME, isStep, leftToRun, MAIL_WORDS, stateWords, wordsFor } from '#libs/notifications/index.js';
import type { BatchState, SeenBatch } from '#libs/notifications/index.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { addressOf } from '../on-call.query.js';
import { ageInWords, instant } from '../time.words.js';
import { counted } from '../words.js';
import type { PaceBefore } from './batch.query.js';
import { rateOf } from './pace.rules.js';
import type { Progress } from './pace.rules.js';
import { reportPanel } from './report.part.js';

interface Look {
  batch: SeenBatch;
  /** What the last look saw. */
  before: PaceBefore;
  now: Date;
}

/** Some of its rows may have been run, and others not. */
const BEGUN: readonly BatchState[] = ['running', 'paused', 'stopped'];

/** What there is to count down. */
interface Bar {
  done: number;
  all: number;
  words: string;
}

/**
 * All that changes while a batch goes on. The page's script asks for it again and again (`data-next`) while something moves, and
 * looks at the whole page again when the batch stands elsewhere (`data-kind`); without script its link does.
 */
export function livePart({ batch, before, now }: Look): Html {
  const bar = barOf(batch);
  const progress: Progress = { of: batch.state, at: now.getTime(), done: bar?.done ?? 0 };
  const isAtWork = batch.state === 'validating' || batch.state === 'running';
  const rate = isAtWork ? rateOf(before, progress) : undefined;
  const isMoving = isAtWork || batch.counts.waiting > 0;
  const look = (path: string) =>
    addressOf(path, {
      of: progress.of,
      at: String(progress.at),
      done: String(progress.done),
      rate: rate?.toFixed(1),
    });
  const path = `/ops/batches/${batch.id}`;
  const next = isMoving && html` data-next="${look(`${path}/progress`)}"`;
  return html`<div class="live" data-kind="${batch.state}" ${next}>
    <section class="panel" aria-labelledby="now">
      <h2 id="now">Now</h2>
      <p>${stateWords(batch)}</p>
      ${bar && barPart(bar, rate, now)}
      ${isMoving && html`<p class="soft small">As of ${instant(now)}. <a href="${look(path)}">Look again</a></p>`}
      ${mailsOf(batch) > 0 && tally(batch)}
    </section>
    ${reportPanel(batch)}
  </div>`;
}

function barOf({ action, state, rows, checked, counts }: SeenBatch): Bar | undefined {
  if (state === 'validating')
    return rows === 0
      ? { done: 0, all: 0, words: 'Its rows are being read.' }
      : { done: checked, all: rows, words: `${row(rows)} looked at` };
  if (!BEGUN.includes(state)) return undefined;
  const all = counts.applied + leftToRun(action, counts);
  return { done: counts.applied, all, words: `${row(all)} run` };
}

function row(many: number): string {
  return wordsFor(many, { one: 'row', many: 'rows' });
}

function barPart({ done, all, words }: Bar, rate: number | undefined, now: Date): Html {
  if (all === 0)
    return html`<p>${words}</p>
      <progress aria-label="How far it is"></progress>`;
  const left =
    rate && rate >= 0.05
      ? ageInWords(now, new Date(now.getTime() + ((all - done) / rate) * 1_000))
      : undefined;
  return html`<p class="how-far">
      <strong>${done.toLocaleString('en')}</strong> of ${all.toLocaleString('en')} ${words}
      <span class="soft"
        >${rate !== undefined && `${rateWords(rate)}${left && done < all ? `, about ${left} left` : ''}`}</span
      >
    </p>
    <progress aria-label="How far it is" max="${all}" value="${done}"></progress>`;
}

function rateWords(rate: number): string {
  if (rate < 0.05) return 'nothing in the last seconds';
  return `${rate < 10 ? rate.toFixed(1) : Math.round(rate).toLocaleString('en')} a second`;
}

function mailsOf({ counts: { told, waiting, failed, uncertain } }: SeenBatch): number {
  return told + waiting + failed + uncertain;
}

/** What became of its mails, each number with the way to them; of a step they are others', which its results name. */
function tally({ id, action, counts }: SeenBatch): Html {
  return html`<ul class="tally" aria-label="Its mails">
    ${BECAME.map((kind) => {
      // Of none, nothing is to be done.
      const all = wordsFor(counts[kind], MAIL_WORDS[kind]);
      const [none = ''] = all.split(':');
      const said = counts[kind] > 0 ? all : none;
      const words = html`<strong>${counts[kind].toLocaleString('en')}</strong> ${said}`;
      const list = addressOf(`/ops/batches/${id}/mails`, { became: kind });
      return html`<li class="${kind}">
        ${counts[kind] > 0 && !isStep(action) ? html`<a href="${list}">${words}</a>` : words}
      </li>`;
    })}
  </ul>`;
}

/** How many rows of how many are dealt with, for a list. */
export function rowsInWords({ state, rows, checked, applied }: SeenBatch): string {
  if (state === 'refused') return 'Nothing of it was run';
  if (rows === 0) return 'Its rows are being read';
  const all = counted(rows, 'row');
  return state === 'validating'
    ? `${checked.toLocaleString('en')} of ${all} looked at`
    : `${all}, ${applied.toLocaleString('en')} run`;
}
