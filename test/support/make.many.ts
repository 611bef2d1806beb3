import { randomUUID } from 'node:crypto';
import { readSettings, Sealer } from '#libs/platform/index.js';
import { aName, type MadeReturn } from './make.js';
import type { Stack } from './stack.js';

/** Registers many returns, each with one submission, as the directory would, but a thousand in a statement. */
export async function manyReturns(
  stack: Pick<Stack, 'sql' | 'environment'>,
  count: number,
): Promise<MadeReturn[]> {
  const sealer = new Sealer(readSettings(stack.environment));
  const made = Array.from({ length: count }, aName);
  for (let from = 0; from < count; from += 1000) {
    const rows = made.slice(from, from + 1000).map((one) => ({
      ...one,
      sealed: sealer.seal(one.email, `tax_returns.email:${one.taxReturnId}`),
      submission: randomUUID(),
    }));
    await stack.sql(
      `WITH given AS (
         SELECT * FROM jsonb_to_recordset($1::jsonb)
           AS r("taxReturnId" uuid, "userId" text, "submissionId" text, sealed text, submission uuid)
       ), returns AS (
         INSERT INTO tax_returns (id, user_id, email, language, tax_year)
         SELECT "taxReturnId", "userId", sealed, 'en', 2025 FROM given
       ), submissions AS (
         INSERT INTO submissions (id, tax_return_id, key, submission_id, created_at)
         SELECT submission, "taxReturnId", 's1', "submissionId", now() FROM given
       )
       INSERT INTO submission_events (submission_uuid, type, occurrence, source, occurred_at)
       SELECT submission, 'processing', '', 'registration/' || submission, now() FROM given`,
      [JSON.stringify(rows)],
    );
  }
  return made;
}
