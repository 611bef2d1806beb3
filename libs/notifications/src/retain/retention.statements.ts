import { Prepared } from '#libs/platform/index.js';

/*
 * What is old enough, by indexes that hold only what is still there: however much was erased, a look costs what is left. Each takes a
 * page behind the last row that was looked at, so that what has to stay is passed over once in a round.
 */

/** The last row of a page; the time as text, in which no fraction of it is lost. */
export interface Place {
  at: string;
  id: string;
}

export const BEGINNING: Place = { at: '-infinity', id: '00000000-0000-0000-0000-000000000000' };

/** @param days after which it goes. @param most rows of a page. */
type Page = [days: number, afterAt: string, afterId: string, most: number];

const OLD = `now() - $1::float8 * interval '1 day'`;

/**
 * Is the return still on its way, by its events? As `returns/return.status.ts` says Pending, but for one that was rejected and is
 * being repaired, which counts as on its way here: rather too late than too early.
 */
const isPending = (returnId: string) => `(
  (
    SELECT true FROM submissions s WHERE s.tax_return_id = ${returnId}
      AND (SELECT true FROM submission_events e WHERE e.submission_uuid = s.id AND e.type = 'accepted' LIMIT 1)
    LIMIT 1) IS NULL
  AND coalesce((
    SELECT (
      SELECT e.type NOT IN ('rejected', 'error_xml', 'error_mef') FROM submission_events e
      WHERE e.submission_uuid = s.id AND e.type NOT IN ('reminder_submit', 'reminder_resubmit', 'reminder_state')
      ORDER BY e.sequence + 0 DESC LIMIT 1)
    FROM submissions s WHERE s.tax_return_id = ${returnId} ORDER BY s.created_at DESC, s.id DESC LIMIT 1), false))`;

export const OLD_MAILS = new Prepared<Page, Place & { isPending: boolean }>(
  'old mails',
  `SELECT o.id, o.settled_at::text AS at, ${isPending('o.tax_return_id')} AS "isPending"
   FROM (
     SELECT id, tax_return_id, settled_at FROM notifications
     WHERE is_told AND erased_at IS NULL AND settled_at < ${OLD} AND (settled_at, id) > ($2::text::timestamptz, $3::uuid)
     ORDER BY settled_at, id LIMIT $4::int
   ) o ORDER BY o.settled_at, o.id`,
);

/** What somebody holds, or another worker erases, is left to the next round. The difference is null when the one that may be is: so it is read by the ids. */
export const HOLD_MAILS = new Prepared<[ids: string[]], { id: string }>(
  'hold mails to erase',
  `SELECT id FROM notifications WHERE id = ANY($1::uuid[]) AND is_told AND erased_at - requested_at IS NULL
   ORDER BY id FOR UPDATE SKIP LOCKED`,
);

export const OLD_RETURNS = new Prepared<Page, Place>(
  'old returns',
  `SELECT id, registered_at::text AS at FROM tax_returns
   WHERE erased_at IS NULL AND registered_at < ${OLD} AND (registered_at, id) > ($2::text::timestamptz, $3::uuid)
   ORDER BY registered_at, id LIMIT $4::int`,
);

export const HOLD_RETURNS = new Prepared<[ids: string[]], { id: string }>(
  'hold returns to erase',
  `SELECT id FROM tax_returns WHERE id = ANY($1::uuid[]) AND erased_at - registered_at IS NULL
   ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`,
);

/** The limits keep it from whole tables. Asked once their rows are held, in a statement of its own: it sees whatever was written until then, and more is not written. */
export const QUIET_RETURNS = new Prepared<[days: number, ids: string[]], { id: string }>(
  'quiet returns',
  `SELECT t.id FROM tax_returns t
   WHERE t.id = ANY($2::uuid[]) AND t.registered_at < ${OLD} AND NOT ${isPending('t.id')}
     AND (
       SELECT true FROM notifications n
       WHERE n.tax_return_id = t.id AND (NOT n.is_told OR n.erased_at IS NULL OR n.requested_at >= ${OLD} OR n.settled_at >= ${OLD})
       LIMIT 1) IS NULL
     AND (
       SELECT true FROM submissions s WHERE s.tax_return_id = t.id AND (
         s.created_at >= ${OLD}
         OR (SELECT true FROM submission_events e WHERE e.submission_uuid = s.id AND e.recorded_at >= ${OLD} LIMIT 1)
         OR (SELECT true FROM backup_verdicts v WHERE v.submission_uuid = s.id AND v.recorded_at >= ${OLD} LIMIT 1)
         OR (SELECT true FROM rejection_codes c WHERE c.submission_id = s.submission_id AND c.updated_at >= ${OLD} LIMIT 1))
       LIMIT 1) IS NULL`,
);

/** Messages that have found their way, or were dismissed. What waits still is somebody's to end. */
export const ERASE_OLD_MESSAGES = new Prepared<[days: number, most: number], { id: string }>(
  'erase old messages',
  `WITH old AS (
     SELECT id FROM quarantine WHERE resolved_at IS NOT NULL AND body IS NOT NULL AND resolved_at < ${OLD}
     ORDER BY resolved_at, id LIMIT $2::int FOR NO KEY UPDATE SKIP LOCKED
   )
   UPDATE quarantine q SET body = NULL FROM old WHERE q.id = old.id RETURNING q.id`,
);

/** One that holds is needed: nothing may be sent to that address. */
export const ERASE_OLD_SUPPRESSIONS = new Prepared<[days: number, most: number], { id: string }>(
  'erase old suppressions',
  `WITH old AS (
     SELECT id FROM suppressions WHERE address_hash IS NOT NULL AND expires_at < ${OLD}
     ORDER BY expires_at, id LIMIT $2::int FOR NO KEY UPDATE SKIP LOCKED
   )
   UPDATE suppressions s SET address_hash = NULL FROM old WHERE s.id = old.id RETURNING s.id`,
);

export const ERASE_OLD_TEST_MAILS = new Prepared<[days: number, most: number], { id: string }>(
  'erase old test mails',
  `WITH old AS (
     SELECT id FROM test_mails WHERE address_hash IS NOT NULL AND requested_at < ${OLD}
     ORDER BY requested_at LIMIT $2::int FOR NO KEY UPDATE SKIP LOCKED
   )
   UPDATE test_mails m SET address_hash = NULL FROM old WHERE m.id = old.id RETURNING m.id`,
);
