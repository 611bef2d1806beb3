import type { DeliveryOutcome } from '#libs/platform/index.js';

/** Two relays: which is in use, and which are ill. */
export interface RelayUse {
  /** Host and port. */
  first: string;
  second: string;
  onSecond: boolean;
  /** Since when mails go by the one in use. */
  since: Date;
  /** When it first failed, until it takes mails again. */
  firstIllSince: Date | null;
  secondIllSince: Date | null;
  /** Trials in a row that the first took. */
  trialsTaken: number;
  /** Another one with each change. */
  revision: number;
}

/** How the last mail that tried the first relay ended; null while it has not, or nobody tries. */
export type TrialOutcome = DeliveryOutcome | null;

/** What the conversations with the relay in use say of it. */
export interface Health {
  /** When it first failed, where it has failed for long enough. */
  illSince: Date | null;
  /** It took a mail since it is in use, as far as one looks back. */
  takes: boolean;
}

/** What a use becomes. `nextTrial`: milliseconds from now, where the last trial is over. */
export type NextUse = Pick<RelayUse, 'onSecond' | 'firstIllSince' | 'secondIllSince' | 'trialsTaken'> & {
  nextTrial: number | null;
};

/** Trials in a row that the first must take: one that is overwhelmed may well take one. */
const TRIALS = 3;

/** A trial whose mail may have been lost leaves a taxpayer in doubt: then the next one waits as many times as long. */
const AFTER_DOUBT = 10;

/** Whether the other relay is in use and well: then what this one put off need not wait for it. */
export function goesByOther(use: RelayUse, relay: string): boolean {
  if (relay === relayOf(use)) return false;
  return (use.onSecond ? use.secondIllSince : use.firstIllSince) === null;
}

/** The relay in use. */
export function relayOf({ onSecond, first, second }: RelayUse): string {
  return onSecond ? second : first;
}

/** What the end of a trial makes of a use. @param every milliseconds between two trials. */
export function afterTrial(use: RelayUse, ended: TrialOutcome, every: number): NextUse | undefined {
  if (ended === null || !use.onSecond) return undefined;
  if (ended !== 'accepted')
    return { ...use, trialsTaken: 0, nextTrial: ended === 'unknown' ? AFTER_DOUBT * every : every };
  const trialsTaken = use.trialsTaken + 1;
  if (trialsTaken < TRIALS) return { ...use, trialsTaken, nextTrial: 0 };
  return { ...use, onSecond: false, firstIllSince: null, trialsTaken: 0, nextTrial: every };
}

/**
 * What the health of the relay in use makes of a use: while it is ill, mails go by the other. If that is ill too, they go by the one
 * and the other in turn, until one of them takes some.
 */
export function afterConversations(
  use: RelayUse,
  { illSince, takes }: Health,
  every: number,
): NextUse | undefined {
  const place = use.onSecond ? 'secondIllSince' : 'firstIllSince';
  if (illSince)
    return {
      ...use,
      onSecond: !use.onSecond,
      [place]: use[place] ?? illSince,
      trialsTaken: 0,
      nextTrial: every,
    };
  return takes && use[place] ? { ...use, [place]: null, nextTrial: null } : undefined;
}
