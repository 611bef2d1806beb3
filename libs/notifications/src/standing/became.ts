import type { Prisma } from '#libs/platform/index.js';

/** What can have become of a mail, each in one of them: told, still on its way, not told and at rest, perhaps sent. */
export const BECAME = ['told', 'waiting', 'failed', 'uncertain'] as const;
export type Became = (typeof BECAME)[number];

/** That this became of a mail, as the counts of a batch have it. */
export function whereBecame(became: Became): Prisma.NotificationWhereInput {
  switch (became) {
    case 'told':
      return { isTold: true };
    case 'waiting':
      return { isTold: false, state: { in: ['queued', 'sending'] } };
    case 'failed':
      return { isTold: false, state: { notIn: ['queued', 'sending', 'unknown'] } };
    case 'uncertain':
      return { isTold: false, state: 'unknown' };
  }
}
