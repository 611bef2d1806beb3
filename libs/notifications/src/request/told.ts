import type { Prisma } from '#libs/platform/index.js';
import type { NotificationState } from '#libs/platform/index.js';

/** Was the taxpayer told by this mail? `success` and `in-process` by facts; everything else is a failure. */
export type Standing = 'success' | 'in-process' | 'failure';
export const STANDINGS = ['success', 'in-process', 'failure'] as const satisfies readonly Standing[];

/** As much of a notification as tells where it stands. */
export interface Told {
  state: NotificationState;
  reason: string | null;
  openedAt: Date;
  bouncedAt: Date | null;
}

/** What overtook a mail is what the taxpayer is told instead. Any other reason to withhold leaves them untold. */
const SUPERSEDED = 'superseded-by-';

/**
 * Handed over and not come back, or superseded: success. On its way inside its time box: in process.
 * @param box milliseconds within which telling counts as in process. At its very end it is a failure.
 */
export function standingOf({ state, reason, openedAt, bouncedAt }: Told, now: Date, box: number): Standing {
  if (state === 'handed_over') return bouncedAt === null ? 'success' : 'failure';
  if (state === 'withheld') return reason?.startsWith(SUPERSEDED) === true ? 'success' : 'failure';
  const open = state === 'queued' || state === 'sending';
  return open && now.getTime() - openedAt.getTime() < box ? 'in-process' : 'failure';
}

/** The same for many rows, as a condition. No part of it may be NULL: a row would stand nowhere. */
export function whereStanding(standing: Standing, now: Date, box: number): Prisma.NotificationWhereInput {
  const success: Prisma.NotificationWhereInput = {
    OR: [
      { state: 'handed_over', bouncedAt: null },
      { state: 'withheld', AND: [{ reason: { not: null } }, { reason: { startsWith: SUPERSEDED } }] },
    ],
  };
  const inProcess: Prisma.NotificationWhereInput = {
    state: { in: ['queued', 'sending'] },
    openedAt: { gt: new Date(now.getTime() - box) },
  };
  switch (standing) {
    case 'success':
      return success;
    case 'in-process':
      return inProcess;
    case 'failure':
      return { NOT: { OR: [success, inProcess] } };
  }
}
