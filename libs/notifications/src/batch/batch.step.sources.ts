import type { MailSearch } from '../standing/mail.search.js';
import type { KeptMailFilter } from './batch.filter.js';
import { rowOf } from './list.row.js';
import type { ListRow } from './list.row.js';

/** Rows that are read together. */
const PAGE = 2_000;

/** The mails that a filter finds, newest first. */
export async function* mailRows(
  search: MailSearch,
  { since, until, ...filter }: KeptMailFilter,
): AsyncGenerator<ListRow> {
  const within = { since: since ? new Date(since) : undefined, until: until ? new Date(until) : undefined };
  let row = 0;
  for await (const ids of search.walk({ ...filter, ...within }, PAGE))
    for (const id of ids) yield rowOf((row += 1), id, 'notificationId');
}
