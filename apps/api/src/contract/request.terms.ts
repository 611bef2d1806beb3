import { z } from 'zod';
import { foreignId } from '#libs/notifications/index.js';
import { Lines } from '#libs/platform/index.js';

export const uuidPath = z.guid('must be a UUID').toLowerCase();

export const idPath = foreignId;

export const taxYearPath = z.coerce.number('must be a year').int().min(2000).max(2100);

/** Entries that one JSON body may hold; more go as a stream of lines. */
export const MOST_ENTRIES = 1000;

/** One object, several, or lines that are still coming. Each is judged by itself, so here only the frame counts. */
export const entriesFrame = z.union(
  [z.instanceof(Lines), z.record(z.string(), z.unknown()), z.array(z.unknown()).min(1).max(MOST_ENTRIES)],
  `must be an object or a list of 1 to ${MOST_ENTRIES}; send more as application/x-ndjson`,
);

/** Items of one page at most. */
export const MOST_ON_A_PAGE = 500;

/** In the query of a list. */
export const pageQuery = {
  cursor: z.string().optional().describe('`nextCursor` of the page before.'),
  limit: z.coerce.number().int().min(1).max(MOST_ON_A_PAGE).default(50).describe('Items of a page.'),
};
