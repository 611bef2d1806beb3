import { manyReturns } from './make.many.js';
import type { MadeReturn } from './make.js';
import type { Stack } from './stack.js';

/** Many returns whose submission failed, as a failure is recorded. Their mails of that failure are left out. */
export async function manyFailed(
  stack: Pick<Stack, 'sql' | 'environment'>,
  count: number,
): Promise<MadeReturn[]> {
  const made = await manyReturns(stack, count);
  await failedAgain(stack, made, 'first');
  return made;
}

/** Each fails once more: for another fix. */
export async function failedAgain(
  stack: Pick<Stack, 'sql'>,
  made: MadeReturn[],
  which: string,
): Promise<void> {
  await stack.sql(
    `INSERT INTO submission_events (submission_uuid, type, occurrence, source, occurred_at, recorded_at)
     SELECT id, 'error_mef', $2, $2 || id, now(), clock_timestamp() FROM submissions WHERE tax_return_id = ANY($1::uuid[])`,
    [made.map(({ taxReturnId }) => taxReturnId), which],
  );
}

export function idsOf(made: MadeReturn[]): string[] {
  return made.map(({ taxReturnId }) => taxReturnId);
}

/** Pieces of a list that come when they are asked for, and wait at a gate. */
export async function* piecesOf<T>(...pieces: (T[] | Promise<unknown>)[]): AsyncGenerator<T> {
  for (const piece of pieces)
    if (piece instanceof Promise) await piece;
    else yield* piece;
}

/** Something to wait for, until somebody opens it. */
export function aGate(): { opened: Promise<void>; open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

/** What the counts of a batch say, and what its rows say: the two have to be the same. */
export async function countedTwice(stack: Pick<Stack, 'sql'>, id: string) {
  const [batch] = await stack.sql<{ counts: Record<string, number>; rows: number }>(
    `SELECT jsonb_strip_nulls(counts) AS counts, rows FROM batches WHERE id = $1`,
    [id],
  );
  const rows = await stack.sql<{ outcome: string; count: number }>(
    'SELECT outcome, count(*)::int AS count FROM batch_rows WHERE batch_id = $1 GROUP BY outcome',
    [id],
  );
  return {
    kept: Object.fromEntries(Object.entries(batch?.counts ?? {}).filter(([, count]) => count !== 0)),
    counted: Object.fromEntries(rows.map(({ outcome, count }) => [outcome, count])),
    all: batch?.rows,
    sum: rows.reduce((sum, { count }) => sum + count, 0),
  };
}

/** Ids of as many whose submission failed and who have no address. */
export async function manyFailedWithoutAddress(stack: Pick<Stack, 'sql'>, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let from = 0; from < count; from += 50_000) {
    const rows = await stack.sql<{ id: string }>(
      `WITH given AS (
         SELECT gen_random_uuid() AS id, n FROM generate_series($1::int, $2::int) AS n
       ), returns AS (
         INSERT INTO tax_returns (id, user_id, tax_year) SELECT id, 'nobody-' || n, 2025 FROM given
       ), filed AS (
         INSERT INTO submissions (id, tax_return_id, key, submission_id, created_at) SELECT id, id, 's1', 'n-' || n, now() FROM given
       ), failed AS (
         INSERT INTO submission_events (submission_uuid, type, occurrence, source, occurred_at)
         SELECT id, type::submission_event_type, '', type || id, now() FROM given, unnest(ARRAY['processing', 'error_mef']) AS type
       )
       SELECT id FROM given`,
      [from + 1, Math.min(from + 50_000, count)],
    );
    ids.push(...rows.map(({ id }) => id));
  }
  return ids;
}
