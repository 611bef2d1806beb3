import { Prepared } from '#libs/platform/index.js';
import type { ReadyRow } from './batch.entry.js';

export const READY_ROWS = new Prepared<
  [id: string, after: number, to: number, outcomes: string[], most: number],
  ReadyRow
>(
  'ready batch rows',
  `SELECT row, subject, receipt_id AS "receiptId", tax_return_id AS "taxReturnId", outcome FROM batch_rows
   WHERE batch_id = $1::uuid AND row > $2::int AND row <= $3::int AND outcome = ANY($4::text[]) ORDER BY row LIMIT $5::int`,
);

export const APPLIED = new Prepared<
  [
    id: string,
    rows: number[],
    outcomes: string[],
    reasons: (string | null)[],
    notifications: (string | null)[],
  ],
  never
>(
  'batch rows are applied',
  `UPDATE batch_rows r SET outcome = g.outcome, reason = g.reason, notification_id = g.notification_id
   FROM unnest($2::int[], $3::text[], $4::text[], $5::uuid[]) AS g(row, outcome, reason, notification_id)
   WHERE r.batch_id = $1::uuid AND r.row = ANY($2::int[]) AND r.row = g.row`,
);

export const APPLIED_TO = new Prepared<[id: string, last: number, counts: string], never>(
  'batch applied to',
  `UPDATE batches SET applied_to = $2::int, counts = $3::jsonb WHERE id = $1::uuid`,
);

/** What is left of its rows is not run: it is not read again while its last mails are on their way. */
export const REST = new Prepared<[id: string, mayFinish: boolean], never>(
  'no batch row is left',
  `UPDATE batches SET
     applied_to = greatest(applied_to, (SELECT max(row) FROM batch_rows WHERE batch_id = $1::uuid)),
     state = CASE WHEN $2::boolean THEN 'finished' ELSE state END, ended_at = CASE WHEN $2::boolean THEN now() END
   WHERE id = $1::uuid`,
);
