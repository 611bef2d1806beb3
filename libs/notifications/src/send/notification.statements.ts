import { Prepared } from '#libs/platform/index.js';
import { endedWithItsBatch, HELD_BY_BATCH, isOfABatch } from '../terms/held.batches.js';
import { HELD_BY_PAUSE } from '../terms/mail.kinds.js';
import type { QueuedRow } from './send.queue.js';
import type { Claim, ClaimedNotification, Opened } from './claim.js';

/*
 * The statements that every mail takes. They are planned once, before Postgres knows how many rows there will be, and must be as
 * quick on a million (test/scale/plans-go-by-index.spec.ts):
 *
 * - The ids stand beside the records, and every table is read by them alone: what is joined then is a handful.
 * - `state::text` and `due_at - …` say what the bare columns would, but no index: the one on both holds all that ever waited.
 * - `LIMIT 1` looks up row by row: it keeps Postgres from joining whole tables. Of what is asked with EXISTS it takes it away again.
 * - A submission is looked up by its return too: an index may be taken for its last column, and is read whole then.
 */

/** Nobody has paused the template of `n`, its lane, or everything, and its batch does not hold it back. What is held waits where it is. */
export const GOES_ON = `NOT EXISTS (SELECT 1 FROM pauses p WHERE ${HELD_BY_PAUSE}) AND NOT ${HELD_BY_BATCH}`;

/**
 * Rows are locked in one order, so that two workers never wait in a circle. A job may come a moment before its time, by the
 * clock of another machine.
 */
export const CLAIM = new Prepared<[ids: string[], lease: number], ClaimedNotification>(
  'claim',
  `WITH due AS (
     SELECT id FROM notifications n
     WHERE id = ANY($1::uuid[]) AND state::text = 'queued' AND due_at - interval '1 second' <= now() AND ${GOES_ON}
     ORDER BY id FOR NO KEY UPDATE
   ), claimed AS (
     UPDATE notifications n
     SET state = 'sending', attempt = attempt + 1, reason = NULL,
         lease_until = now() + $2::float8 * interval '1 millisecond'
     FROM due WHERE n.id = ANY($1::uuid[]) AND n.id = due.id
     RETURNING n.*
   )
   SELECT c.id, c.attempt, c.tax_return_id AS "taxReturnId", c.template, c.occurrence, c.stage, c.submission_uuid AS "submissionUuid",
          c.language, c.address, c.context, c.not_after AS "notAfter", c.is_asked AS "isAsked", c.overruled, c.to_account AS "toAccount", c.attempt - c.tried_before AS tries, ${endedWithItsBatch('c')} AS "isWithdrawn",
          c.batch_id IS NOT NULL AS "inBatch",
          ${isOfABatch('c')} AS "isOfABatch", c.opened_at AS "openedAt",
          (extract(epoch FROM now() - c.opened_at) * 1000)::float8 AS age,
          t.email, t.account_email AS "accountEmail", t.language AS "directoryLanguage", t.tax_year AS "taxYear", r.kept AS "rejectionCodes"
   FROM claimed c
   LEFT JOIN LATERAL (SELECT * FROM tax_returns WHERE id = c.tax_return_id LIMIT 1) t ON true
   LEFT JOIN LATERAL (
     SELECT submission_id FROM submissions WHERE tax_return_id = c.tax_return_id AND id = c.submission_uuid LIMIT 1) s ON true
   LEFT JOIN LATERAL (
     SELECT json_build_object('submissionId', submission_id, 'codes', codes, 'fullCodes', full_codes) AS kept
     FROM rejection_codes WHERE submission_id = coalesce(s.submission_id, c.submission_id) LIMIT 1) r ON true`,
);

/** @param patience milliseconds that the claim must last at least. */
export const OPEN = new Prepared<
  [ids: string[], openings: string, patience: number],
  Claim & { opened: Opened }
>(
  'open',
  `WITH held AS (
     SELECT g.*, 'suppressed' <> ALL (n.overruled) AND EXISTS (
       SELECT 1 FROM suppressions s
       WHERE s.address_hash = ANY(g."addressHashes") AND s.lifted_at IS NULL AND s.expires_at > now()) AS suppressed
     FROM jsonb_to_recordset($2::jsonb)
       AS g(id uuid, attempt int, relay text, language text, "templateVersion" text, "values" text, "addressHashes" text[])
     JOIN notifications n ON n.id = ANY($1::uuid[]) AND n.id = g.id AND n.attempt = g.attempt
     WHERE n.state::text = 'sending' AND n.lease_until > now() + $3::float8 * interval '1 millisecond'
   ), opened AS (
     INSERT INTO deliveries (notification_id, attempt, relay, language, template_version, "values", address_hash, data_began_at)
     SELECT id, attempt, relay, language, "templateVersion", "values", "addressHashes"[1], NULL FROM held WHERE NOT suppressed
     ON CONFLICT (notification_id, attempt) DO UPDATE SET opened_at = now() WHERE deliveries.outcome IS NULL
     RETURNING notification_id, attempt
   )
   SELECT notification_id AS id, attempt, 'opened' AS opened FROM opened
   UNION ALL SELECT id, attempt, 'suppressed' FROM held WHERE suppressed`,
);

export const BEGIN = new Prepared<[ids: string[], attempts: number[]], Claim>(
  'begin',
  `UPDATE deliveries d SET data_began_at = now()
   FROM unnest($1::uuid[], $2::int[]) AS g(id, attempt)
   WHERE d.notification_id = ANY($1::uuid[]) AND d.notification_id = g.id AND d.attempt = g.attempt AND d.outcome IS NULL
   RETURNING g.id, g.attempt`,
);

export const SETTLE = new Prepared<[ids: string[], outcomes: string], QueuedRow>(
  'settle',
  `WITH given AS (
     SELECT * FROM jsonb_to_recordset($2::jsonb)
       AS g(id uuid, attempt int, outcome delivery_outcome, cause text, code int, response text,
            state notification_state, reason text, wait float8)
   ), delivery AS (
     UPDATE deliveries d
     SET outcome = g.outcome, reason = g.cause, response_code = g.code, response = g.response, settled_at = now()
     FROM given g
     WHERE d.notification_id = ANY($1::uuid[]) AND d.notification_id = g.id AND d.attempt = g.attempt
       AND (d.outcome IS NULL OR (d.outcome = 'unknown' AND g.outcome <> 'unknown'))
     RETURNING g.*
   )
   UPDATE notifications n
   SET state = d.state, reason = d.reason, lease_until = NULL,
       due_at = CASE WHEN d.state = 'queued' THEN now() + d.wait * interval '1 millisecond' ELSE due_at END,
       settled_at = CASE WHEN d.state = 'queued' THEN NULL ELSE now() END
   FROM delivery d
   WHERE n.id = ANY($1::uuid[]) AND n.id = d.id AND n.attempt = d.attempt AND n.state::text IN ('sending', 'unknown', 'queued')
   RETURNING n.id, n.template, n.state::text AS state, n.attempt, n.batch_id IS NOT NULL AS "inBatch", d.wait`,
);

export const CONCLUDE = new Prepared<[id: string, attempt: number, state: string, reason: string], never>(
  'conclude',
  `UPDATE notifications SET state = $3::notification_state, reason = $4::text, lease_until = NULL, settled_at = now()
   WHERE id = $1::uuid AND attempt = $2::int AND state::text = 'sending'`,
);
