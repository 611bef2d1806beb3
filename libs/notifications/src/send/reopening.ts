import { Prisma } from '#libs/platform/index.js';

/**
 * What a new round of a notification sets: the same row and the same Message-ID, and tries that count anew. Nothing of what was
 * decided before holds, nor what came back.
 * @param overruled what a person decided not to ask of this round.
 */
export function beginsAnew(overruled = Prisma.sql`'{}'`): Prisma.Sql {
  return Prisma.sql`state = 'queued', reason = NULL, due_at = now(), opened_at = now(), settled_at = NULL, tried_before = attempt,
    bounced_at = NULL, bounce_reason = NULL, overruled = ${overruled}`;
}
