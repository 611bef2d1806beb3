import { ActionRefused } from '../audit/refusal.js';
import type { OutcomeCounts } from './batch.outcome.js';
import type { Ordered } from './batch.ordered.js';
import type { BatchState } from './batch.state.js';

/** What people do to a batch: from which states, to which. */
export const MOVES = {
  'approve-batch': { from: ['awaiting-approval'], to: 'validated' },
  'start-batch': { from: ['validated'], to: 'running' },
  'pause-batch': { from: ['running'], to: 'paused' },
  'resume-batch': { from: ['paused', 'stopped'], to: 'running' },
  'abort-batch': {
    from: ['validating', 'validated', 'awaiting-approval', 'running', 'paused', 'stopped'],
    to: 'aborted',
  },
} as const satisfies Record<string, { from: readonly BatchState[]; to: BatchState }>;

export type BatchMove = keyof typeof MOVES;

/** Moves that ask for nothing but a reason. */
export type PlainMove = Exclude<BatchMove, 'approve-batch'>;

/** From which state a batch was brought to which. */
export interface Moved {
  from: BatchState;
  to: BatchState;
}

/** Nothing of it is run any more. */
export const OVER: string[] = ['finished', 'aborted', 'refused'] satisfies BatchState[];

/** A list is fixed: no more than what is ready now can ever be done. @throws ActionRefused `above-cap` */
export function refuseAboveCap({ ordered, counts }: { ordered: unknown; counts: unknown }): void {
  const { cap = Infinity } = (ordered ?? {}) as Partial<Ordered>;
  const { ready = 0 } = counts as OutcomeCounts;
  refuseRowsAbove(cap, ready);
}

/** @throws ActionRefused `above-cap` */
export function refuseRowsAbove(cap: number, ready: number): void {
  if (ready > cap)
    throw new ActionRefused(
      'above-cap',
      `${ready} rows would be done, and the cap is ${cap}. Nothing was done. Narrow the list, or ask again with a cap of ${ready}.`,
    );
}

const VERBS: Record<BatchMove, string> = {
  'approve-batch': 'approved',
  'start-batch': 'started',
  'pause-batch': 'paused',
  'resume-batch': 'resumed',
  'abort-batch': 'ended',
};

export function refusal(move: BatchMove, state: string): string {
  return `A batch that is ${state.replace('-', ' ')} cannot be ${VERBS[move]}.`;
}
