import { Problem } from '../problems/problem.js';

/** One page of a list, newest first, with the way to the next. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
  /** The next page with the same filters, as a path of this service. */
  next: string | null;
}

/**
 * The place of a row in a list that is sorted by time, then id. Rows that are added while somebody walks the list stand
 * before what was read, so each row of the first moment is found exactly once.
 */
export interface Place {
  at: Date;
  id: string;
}

/** @throws Problem when the cursor is not one of ours. */
export function afterCursor(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined;
  const [, time = '', id] =
    /^(\d{1,15})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(
      Buffer.from(cursor, 'base64url').toString('utf8'),
    ) ?? [];
  if (id) return { at: new Date(Number(time)), id };
  throw Problem.invalid([
    { parameter: 'cursor', in: 'query', detail: 'is not a cursor; take nextCursor from the page before' },
  ]);
}

/** The cursor that {@link afterCursor} reads. */
export function cursorOf({ at, id }: Place): string {
  return Buffer.from(`${at.getTime()}.${id}`).toString('base64url');
}

/** @param url of the request, whose filters the next page keeps. */
export function pageOf<T extends { id: string }>(
  items: T[],
  { limit, at, url }: { limit: number; at: (item: T) => Date; url: string },
): Page<T> {
  const last = items.length === limit ? items.at(-1) : undefined;
  if (!last) return nextPage(items, undefined, url);
  return nextPage(items, cursorOf({ at: at(last), id: last.id }), url);
}

/** @param nextCursor undefined on the last page. */
export function nextPage<T>(items: T[], nextCursor: string | undefined, url: string): Page<T> {
  if (nextCursor === undefined) return { items, nextCursor: null, next: null };
  const next = new URL(url, 'http://here');
  next.searchParams.set('cursor', nextCursor);
  return { items, nextCursor, next: `${next.pathname}${next.search}` };
}
