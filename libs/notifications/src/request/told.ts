import type { Prisma } from '#libs/platform/index.js';
import type { NotificationState } from '#libs/platform/index.js';

/** Was the taxpayer told by this mail? `success` and `in-process` by facts; everything else is a failure. */
export type Standing = 'success' | 'in-process' | 'failure';
export const STANDINGS = ['success', 'in-process', 'failure'] as const satisfies readonly Standing[];

/** @param box milliseconds within which telling counts as in process. */
export function standingOf(
  notification: { state: NotificationState; reason: string | null; openedAt: Date },
  now: Date,
  box: number,
): Standing {
  const { state, reason, openedAt } = notification;
  if (state === 'handed_over') return 'success';
  if (state === 'withheld') return reason === 'too-late' ? 'failure' : 'success';
  const open = state === 'queued' || state === 'sending';
  return open && now.getTime() - openedAt.getTime() < box ? 'in-process' : 'failure';
}

/** The same for many rows, as a condition. */
export function whereStanding(standing: Standing, now: Date, box: number): Prisma.NotificationWhereInput {
  const success: Prisma.NotificationWhereInput = {
    OR: [{ state: 'handed_over' }, { state: 'withheld', reason: { not: 'too-late' } }],
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
