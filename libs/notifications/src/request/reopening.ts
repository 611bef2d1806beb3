import { Prisma } from '#libs/platform/index.js';

/** What a new round of a notification sets: the same row and the same Message-ID, and tries that count anew. */
export const beginsAnew = Prisma.sql`state = 'queued', reason = NULL, due_at = now(), opened_at = now(), settled_at = NULL, tried_before = attempt`;
