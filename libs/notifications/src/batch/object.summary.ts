import { workOf } from './batch.actions.js';
import { runnable } from './batch.outcome.js';
import type { SeenBatch } from './batch.view.js';
import { stateWords } from './batch.words.js';

/** Something that somebody did to a batch. */
export interface Act {
  at: Date;
  actor: string;
  action: string;
  reason: string;
}

/** What is told of a batch beside its list: how many rows ended how, and who did what. */
export function summaryOf(batch: SeenBatch, acts: Act[]): object {
  const { id, name, action, topic, incident, state, reason, detail, sameAs, rows, counts } = batch;
  return {
    batch: id,
    list: name,
    action,
    topic,
    incident,
    state,
    words: detail ?? stateWords(batch),
    reason,
    sameAs,
    rows,
    remaining: remainingOf(batch),
    counts,
    madeBy: batch.madeBy,
    approvedBy: batch.approvedBy,
    madeAt: batch.madeAt,
    startedAt: batch.startedAt,
    endedAt: batch.endedAt,
    writtenAt: new Date(),
    acts: acts.map((act) => ({ at: act.at, who: act.actor, did: act.action, because: act.reason })),
  };
}

/** Rows that are still to be run. */
function remainingOf({ action, counts }: SeenBatch): number {
  return runnable(workOf(action)).reduce((sum, outcome) => sum + counts[outcome], 0);
}

/** It stands still in the middle: what is left of it is a list that somebody may want to run. */
export function isLeftOver(batch: SeenBatch): boolean {
  return ['paused', 'stopped', 'aborted'].includes(batch.state) && remainingOf(batch) > 0;
}
