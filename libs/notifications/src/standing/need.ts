import type { NotificationState, Prisma, Settings } from '#libs/platform/index.js';
import { templatesOf } from '../terms/mail.kinds.js';
import { whereStanding } from './told.js';

/**
 * Why a mail needs a person. `failed`: refused or given up; `unknown`: perhaps sent; `no-address`: nobody to send it to;
 * `bounced`: it came back; `withheld`: not sent, and nothing took its place; `stuck`: should have moved long ago.
 */
export const NEEDS = ['failed', 'unknown', 'no-address', 'bounced', 'withheld', 'stuck'] as const;
export type Need = (typeof NEEDS)[number];

/** What a mail needs that is no success, by its state: each state has its need, so that none is overlooked. */
const NEED_OF: Record<NotificationState, Need> = {
  failed: 'failed',
  unknown: 'unknown',
  no_address: 'no-address',
  handed_over: 'bounced',
  withheld: 'withheld',
  queued: 'stuck',
  sending: 'stuck',
};

/** Times that the sweep may fail to move a row before somebody should look. */
const SWEEPS_IN_VAIN = 10;

/** Within which a mail may be on its way, and wait for the sweep. */
export type NeedBoxes = Pick<Settings, 'TOLD_WITHIN' | 'SWEEP_GRACE'>;

export function needOf(state: NotificationState): Need {
  return NEED_OF[state];
}

/** Why it needs that: why it is in its state, or why it came back. */
export function needReasonOf({
  state,
  reason,
  bounceReason,
}: {
  state: NotificationState;
  reason: string | null;
  bounceReason: string | null;
}): string | null {
  return needOf(state) === 'bounced' ? bounceReason : reason;
}

/** The rule of `laneOf`, for rows. */
const TRAVELS_URGENT = { template: { in: templatesOf('urgent') }, batchId: null };

/** What is held back. */
export interface HeldBack {
  /** What is paused: templates, lanes, or `all`. */
  pauses: string[];
  /** Batches that are paused or stopped, by their ids. */
  batches: string[];
}

/**
 * Mails that need a person, as a condition: all whose standing is a failure, and those that no sweep moves. What somebody
 * holds back on purpose is not among the latter, nor what a batch holds back.
 * @param need `any` for all of them.
 */
export function whereNeedy(
  need: Need | 'any',
  now: Date,
  { TOLD_WITHIN, SWEEP_GRACE }: NeedBoxes,
  held: HeldBack,
): Prisma.NotificationWhereInput {
  const late = new Date(now.getTime() - SWEEPS_IN_VAIN * SWEEP_GRACE);
  return {
    isTold: false,
    state: need === 'any' ? undefined : { in: statesOf(need) },
    OR: [
      whereStanding('failure', now, TOLD_WITHIN),
      ...(held.pauses.includes('all')
        ? []
        : [
            {
              state: 'queued' as const,
              dueAt: { lt: late },
              template: { notIn: held.pauses },
              OR: [{ batchId: null }, { batchId: { notIn: held.batches } }],
              AND: [
                ...(held.pauses.includes('urgent') ? [{ NOT: TRAVELS_URGENT }] : []),
                ...(held.pauses.includes('bulk') ? [TRAVELS_URGENT] : []),
              ],
            },
          ]),
      { state: 'sending', leaseUntil: { lt: late } },
    ],
  };
}

function statesOf(need: Need): NotificationState[] {
  return Object.keys(NEED_OF)
    .filter(isState)
    .filter((state) => NEED_OF[state] === need);
}

function isState(word: string): word is NotificationState {
  return Object.hasOwn(NEED_OF, word);
}
