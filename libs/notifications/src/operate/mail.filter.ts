import type { NotificationState, Prisma, PrismaService } from '#libs/platform/index.js';
import type { Template } from '../request/notification.template.js';
import { whereStanding } from '../request/told.js';
import type { Standing } from '../request/told.js';

/** Which mails an action or a list is about. What is absent does not count; all that is given must fit. */
export interface MailFilter {
  ids?: string[];
  template?: Template;
  state?: NotificationState;
  /** Why it is in its state: one of the closed list in reason.words.ts. */
  reason?: string;
  /** Was the taxpayer told? */
  standing?: Standing;
  taxReturnId?: string;
  /** Requested at or after this instant. */
  since?: Date;
  /** Requested before this instant. */
  until?: Date;
}

/** @param box milliseconds within which telling counts as in process. */
export function whereMails(filter: MailFilter, now: Date, box: number): Prisma.NotificationWhereInput {
  const { ids, template, state, reason, standing, taxReturnId, since, until } = filter;
  return {
    id: ids && { in: ids },
    template,
    state,
    reason,
    taxReturnId,
    requestedAt: { gte: since, lt: until },
    AND: standing && whereStanding(standing, now, box),
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
  let last: { id: string; requestedAt: Date } | undefined;
  do {
    const rows: { id: string; requestedAt: Date }[] = await prisma.notification.findMany({
      where: { AND: [where, last ? after(last) : {}] },
      select: { id: true, requestedAt: true },
      orderBy: [{ requestedAt: 'desc' }, { id: 'desc' }],
      take: size,
    });
    if (rows.length > 0) yield rows.map(({ id }) => id);
    last = rows.length === size ? rows.at(-1) : undefined;
  } while (last);
}

function after({ id, requestedAt }: { id: string; requestedAt: Date }): Prisma.NotificationWhereInput {
  return {
    requestedAt: { lte: requestedAt },
    OR: [{ requestedAt: { lt: requestedAt } }, { id: { lt: id } }],
  };
}
