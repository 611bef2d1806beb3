import { Prepared } from '#libs/platform/index.js';
import { HELD_BY_BATCH } from '../terms/held.batches.js';
import type { MailCounts } from './batch.outcome.js';

/* The mails of a step keep the batch that first asked for them: they are those that its rows name. */

const MAIL_OF_ROW =
  'JOIN LATERAL (SELECT * FROM notifications WHERE id = r.notification_id LIMIT 1) n ON true';

const COUNTS = `count(*) FILTER (WHERE is_told)::int AS told,
          count(*) FILTER (WHERE NOT is_told AND state = 'unknown')::int AS uncertain,
          count(*) FILTER (WHERE NOT is_told AND state IN ('queued', 'sending'))::int AS waiting,
          count(*) FILTER (WHERE NOT is_told AND state NOT IN ('queued', 'sending', 'unknown'))::int AS failed`;

export const MAILS_OF_ROWS = new Prepared<[id: string], MailCounts>(
  'mails of the rows of a batch',
  `SELECT ${COUNTS}
   FROM batch_rows r ${MAIL_OF_ROW} WHERE r.batch_id = $1::uuid`,
);

/**
 * As of the last rows that were done, ten times as many as may be on their way. What waits longer, or is held by its own batch, holds
 * up nobody; only of what is open is it asked whether it is held.
 */
export const MAILS_OF_ROWS_NOW = new Prepared<
  [id: string, most: number],
  { onTheWay: number; open: number; failed: number; rate: number | null }
>(
  'mails of the rows of a batch now',
  `SELECT b.rate, m.* FROM batches b CROSS JOIN LATERAL (
     SELECT count(*) FILTER (WHERE CASE WHEN settled_at IS NULL AND due_at < now() + interval '1 minute'
                                        THEN NOT ${HELD_BY_BATCH} ELSE false END)::int AS "onTheWay",
            count(*) FILTER (WHERE settled_at IS NULL)::int AS open,
            count(*) FILTER (WHERE place <= 1000 AND settled_at > b.resumed_at
                               AND (state = 'failed' OR bounced_at IS NOT NULL))::int AS failed
     FROM (SELECT n.settled_at, n.due_at, n.batch_id, n.state, n.bounced_at,
                  row_number() OVER (ORDER BY n.settled_at DESC NULLS LAST) AS place
           FROM (SELECT notification_id FROM batch_rows WHERE batch_id = b.id AND row <= b.applied_to
                 ORDER BY row DESC LIMIT 10 * $2::int) r
           ${MAIL_OF_ROW}) AS n
   ) AS m WHERE b.id = $1::uuid AND b.state = 'running'`,
);

/** Removes the next rows, and adds what became of their mails to what the batch keeps: no other row says which they are. */
export const REMOVE_ROWS_WITH_MAILS = new Prepared<
  [id: string, after: number, most: number],
  { last: number | null }
>(
  'remove batch rows with mails',
  `WITH piece AS (
     SELECT row FROM batch_rows WHERE batch_id = $1::uuid AND row > $2::int ORDER BY row LIMIT $3::int
   ), r AS (
     DELETE FROM batch_rows WHERE batch_id = $1::uuid AND row = ANY(ARRAY(SELECT row FROM piece)) RETURNING notification_id
   ), mails AS (
     SELECT ${COUNTS} FROM r ${MAIL_OF_ROW}
   ), kept AS (
     UPDATE batches b SET mail_counts = jsonb_build_object(${['told', 'failed', 'uncertain', 'waiting']
       .map((name) => `'${name}', coalesce((b.mail_counts ->> '${name}')::int, 0) + m.${name}`)
       .join(', ')})
     FROM mails m WHERE b.id = $1::uuid
   )
   SELECT max(row) AS last FROM piece`,
);
