import type { Became } from '../standing/became.js';
import { workOf } from './batch.actions.js';
import type { BatchAction, Work } from './batch.actions.js';

/** How a row can stand before it is run, the first that holds counts; the rest never runs. */
export const CHECKED_OUTCOMES = [
  'ready',
  'malformed',
  'unknown',
  'repeated',
  'same-person',
  'already-told',
  'already-done',
  'superseded',
  'not-affected',
  'accepted',
  'suppressed',
  'no-address',
] as const;
export type CheckedOutcome = (typeof CHECKED_OUTCOMES)[number];

/** And after it: applied, or what had become of it meanwhile. */
export type RowOutcome = CheckedOutcome | 'applied';

/** How many rows ended in each outcome. */
export type OutcomeCounts = Partial<Record<RowOutcome, number>>;

/** What became of the mails of a batch. */
export type MailCounts = Record<Became, number>;

/** Outcomes that a status is recorded for all the same: nobody hears of it by mail, and the return is open again. */
const RECORDED_ANYWAY: readonly CheckedOutcome[] = ['suppressed', 'no-address'];

/** The outcomes of rows that are run. */
export function runnable(work: Work): CheckedOutcome[] {
  // What is no longer true is settled as that.
  if ('step' in work) return ['ready', 'superseded'];
  return 'status' in work ? ['ready', ...RECORDED_ANYWAY] : ['ready'];
}

/** Rows that are still to be run. */
export function leftToRun(action: BatchAction, counts: OutcomeCounts): number {
  return runnable(workOf(action)).reduce((left, outcome) => left + (counts[outcome] ?? 0), 0);
}

/** Moves rows from one outcome to another. */
export function moved(counts: OutcomeCounts, from: RowOutcome | undefined, to: RowOutcome): OutcomeCounts {
  const left = from === undefined ? {} : { [from]: (counts[from] ?? 0) - 1 };
  const between = { ...counts, ...left };
  return { ...between, [to]: (between[to] ?? 0) + 1 };
}
