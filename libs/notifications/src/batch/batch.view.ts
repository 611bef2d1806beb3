import { workOf } from './batch.actions.js';
import type { BatchAction } from './batch.actions.js';
import { CHECKED_OUTCOMES, runnable } from './batch.outcome.js';
import type { MailCounts, OutcomeCounts, RowOutcome } from './batch.outcome.js';
import type { BatchState } from './batch.state.js';

/** A batch as people see it. */
export interface SeenBatch {
  id: string;
  action: BatchAction;
  topic: string | null;
  incident: string | null;
  state: BatchState;
  reason: string | null;
  detail: string | null;
  origin: string;
  name: string | null;
  sameAs: string | null;
  rows: number;
  /** Rows that are looked at so far, and that were run so far. */
  checked: number;
  applied: number;
  /** Rows that are still to be run, of those that are looked at. */
  left: number;
  counts: Record<RowOutcome | keyof MailCounts, number>;
  rate: number | null;
  madeBy: string;
  approvedBy: string | null;
  madeAt: Date;
  startedAt: Date | null;
  endedAt: Date | null;
  /** When its rows were removed: what became of each is not known here any more. */
  rowsRemovedAt: Date | null;
  /** Until when a process has it in hand. It moves on as long as one works on it. */
  heldUntil: Date | null;
}

/** What is read of it. */
export const view = {
  id: true,
  action: true,
  topic: true,
  incident: true,
  state: true,
  reason: true,
  detail: true,
  origin: true,
  name: true,
  sameAs: true,
  rows: true,
  checkedTo: true,
  counts: true,
  rate: true,
  madeBy: true,
  approvedBy: true,
  madeAt: true,
  startedAt: true,
  endedAt: true,
  rowsRemovedAt: true,
  leaseUntil: true,
  mailCounts: true,
} as const;

export const NO_MAILS: MailCounts = { told: 0, failed: 0, uncertain: 0, waiting: 0 };
const NO_ROWS = Object.fromEntries([...CHECKED_OUTCOMES, 'applied'].map((outcome) => [outcome, 0])) as Record<
  RowOutcome,
  number
>;

interface Viewed extends Omit<
  SeenBatch,
  'action' | 'state' | 'counts' | 'checked' | 'applied' | 'left' | 'heldUntil'
> {
  action: string;
  state: string;
  counts: unknown;
  checkedTo: number;
  leaseUntil: Date | null;
  mailCounts: unknown;
}

/** @param mails those that are counted now: of rows that are gone the counts were kept. */
export function seen(
  { counts: kept, mailCounts, action, state, checkedTo, leaseUntil, ...row }: Viewed,
  mails: MailCounts,
): SeenBatch {
  const counts = { ...NO_ROWS, ...(kept as OutcomeCounts) };
  const sum = Object.values(counts).reduce((all, one) => all + one, 0);
  return {
    ...row,
    action: action as BatchAction,
    state: state as BatchState,
    checked: checkedTo === 0 ? 0 : sum,
    applied: counts.applied,
    left: runnable(workOf(action as BatchAction)).reduce((sum, outcome) => sum + counts[outcome], 0),
    heldUntil: leaseUntil,
    counts: { ...counts, ...added(mails, (mailCounts ?? NO_MAILS) as MailCounts) },
  };
}

function added(one: MailCounts, other: MailCounts): MailCounts {
  return {
    told: one.told + other.told,
    failed: one.failed + other.failed,
    uncertain: one.uncertain + other.uncertain,
    waiting: one.waiting + other.waiting,
  };
}
