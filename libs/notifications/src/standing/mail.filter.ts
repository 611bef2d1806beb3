import type { NotificationState, Prisma, PrismaService } from '#libs/platform/index.js';
import type { Template } from '../request/notification.template.js';
import { whereStanding } from './told.js';
import type { Standing } from './told.js';
import { whereNeedy } from './need.js';
import type { Need, NeedBoxes } from './need.js';

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

export function whereMails(filter: MailFilter, now: Date, boxes: NeedBoxes): Prisma.NotificationWhereInput {
  const { ids, template, state, reason, standing, need, batchId, incident, taxReturnId, since, until } =
    filter;
  return {
    id: ids && { in: ids },
    template,
    state,
    batchId,
    incident,
    taxReturnId,
    requestedAt: { gte: since, lt: until },
    AND: [
      reason ? { OR: [{ reason }, { bounceReason: reason }] } : {},
      standing ? whereStanding(standing, now, boxes.TOLD_WITHIN) : {},
      need ? whereNeedy(need, now, boxes) : {},
    ],
  };
}

/**
 * The ids of the mails that fit, newest first, a part at a time: as little memory for a million as for ten. A mail that is
 * asked for meanwhile stands before the place where the walk is, so it is not met.
 */
export async function* walkMails(
  prisma: PrismaService,
  where: Prisma.NotificationWhereInput,
  size: number,
): AsyncGenerator<string[]> {
  let last: Place | undefined;
  do {
    const rows: { id: string; requestedAt: Date }[] = await prisma.notification.findMany({
      where: { AND: [where, last ? whereAfter(last) : {}] },
      select: { id: true, requestedAt: true },
      orderBy: [{ requestedAt: 'desc' }, { id: 'desc' }],
      take: size,
    });
    if (rows.length > 0) yield rows.map(({ id }) => id);
    const end = rows.length === size ? rows.at(-1) : undefined;
    last = end && { at: end.requestedAt, id: end.id };
  } while (last);
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
