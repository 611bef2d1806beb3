import type { NotificationState, Prisma } from '#libs/platform/index.js';
import type { Template } from '../terms/mail.kinds.js';
import type { Became } from './became.js';
import type { Need } from './need.js';
import type { Standing } from './told.js';

/** Which mails an action or a list is about. What is absent does not count; all that is given must fit. */
export interface MailFilter {
  ids?: string[];
  template?: Template;
  state?: NotificationState;
  /** Why it is in its state, or why it came back: one of the closed lists. */
  reason?: string;
  /** Was the taxpayer told? */
  standing?: Standing;
  /** What it needs of a person; `any` for all that need somebody. */
  need?: Need | 'any';
  /** What became of it, as the counts of a batch have it. */
  became?: Became;
  /** What those who asked for many at once called it. */
  batchId?: string;
  /** As the message named it that made it due. */
  incident?: string;
  taxReturnId?: string;
  /** Requested at or after this instant. */
  since?: Date;
  /** Requested before this instant. */
  until?: Date;
}

/** Of a mail in a list, newest first. */
export interface Place {
  at: Date;
  id: string;
}

/** What comes after a place. */
export function whereAfter({ at, id }: Place): Prisma.NotificationWhereInput {
  return { requestedAt: { lte: at }, OR: [{ requestedAt: { lt: at } }, { id: { lt: id } }] };
}
