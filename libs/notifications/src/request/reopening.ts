import { Prisma } from '#libs/platform/index.js';

/**
 * What a new round of a notification sets: the same row and the same Message-ID, and tries that count anew. Nothing of what was
 * decided before holds, nor what came back.
 * @param isForced whether a person decided that this round is sent whatever happened since.
 */
export function beginsAnew(isForced = Prisma.sql`false`): Prisma.Sql {
  return Prisma.sql`state = 'queued', reason = NULL, due_at = now(), opened_at = now(), settled_at = NULL, tried_before = attempt,
    bounced_at = NULL, bounce_reason = NULL, is_forced = ${isForced}`;
}
