import { Problem } from './problem.js';

/** One page of a list, newest first, with the cursor of the next. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** @throws Problem when the cursor is not one of ours. */
export function afterCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const id = Buffer.from(cursor, 'base64url').toString('utf8');
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return id;
  throw Problem.invalid([
    { pointer: '/cursor', detail: 'is not a cursor; take nextCursor from the page before' },
  ]);
}

export function pageOf<T extends { id: string }>(items: T[], limit: number): Page<T> {
  const last = items.length === limit ? items.at(-1) : undefined;
  return { items, nextCursor: last ? Buffer.from(last.id).toString('base64url') : null };
}
