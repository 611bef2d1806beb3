import type { PaceBefore } from './batch.query.js';

/** How far something is. */
export interface Progress {
  /** What is counted: another thing begins anew. */
  of: string;
  /** Milliseconds of the clock. */
  at: number;
  done: number;
}

/** Seconds over which the rate is smoothed. */
const SMOOTH = 8;
/** Seconds after which an earlier look tells nothing of how fast it goes now. */
const OLD = 120;

/**
 * Rows in a second, by what the look before this one saw; undefined while nobody can tell. Pure: each look hands on what the next
 * one needs, so that no process has to remember who looks at what.
 */
export function rateOf(before: PaceBefore, now: Progress): number | undefined {
  if (!before || before.of !== now.of || before.done > now.done) return undefined;
  const seconds = (now.at - before.at) / 1_000;
  if (seconds < 0 || seconds > OLD) return undefined;
  // Two looks at once tell nothing.
  if (seconds < 0.5) return before.rate;
  const rate = (now.done - before.done) / seconds;
  const weight = 1 - Math.exp(-seconds / SMOOTH);
  return before.rate === undefined ? rate : before.rate + (rate - before.rate) * weight;
}
