/**
 * How Postgres is to treat each session of ours, whatever the server's own settings say.
 *
 * - A statement is planned once for each connection, often while the tables are empty and reading all of one costs nothing. The
 *   plan stays when they have grown. So what has an index goes by it (docs/decisions/0053-plans-go-by-index.md); and what has
 *   none is not taken for so costly that compiling it pays.
 * - Prisma writes and reads instants without their offset, which is right in one time zone only.
 */
const OPTIONS = '-c enable_seqscan=off -c jit=off';
const TIME_ZONE = '-c TimeZone=UTC';

/** The address of a database with our options in it. Of two that differ, those that are in it already count; but for the time zone. */
export function withSessionOptions(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  const theirs = url.searchParams.get('options');
  url.searchParams.set('options', [OPTIONS, theirs, TIME_ZONE].filter(Boolean).join(' '));
  return url.href;
}
