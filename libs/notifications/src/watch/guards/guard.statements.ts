import { Prepared } from '#libs/platform/index.js';

/*
 * Asked after every fifty mails, so each reads a bounded number of rows by index, whatever the backlog
 * (test/scale/plans-go-by-index.spec.ts).
 */

/** Minutes of a window. */
export const WINDOW = 10;
/** Days that guards look back. */
export const HISTORY = 28;

/** Mails of a template in the fullest of the windows that were touched. */
export interface Counted {
  template: string;
  mails: number;
  /** As in `Usual`. */
  explained: number;
}

const WINDOW_BEFORE = `RANGE BETWEEN interval '${WINDOW - 1} minutes' PRECEDING AND CURRENT ROW`;

/**
 * Adds mails to the minutes in which they were asked for, and counts each window that one of them is in: a backlog that is worked off is no burst.
 * What was asked for before a person last resumed the template is not counted. Rows are locked in one order, so that two workers never wait in a circle.
 */
export const COUNT_MAILS = new Prepared<[templates: string[], minutes: string[], mails: number[]], Counted>(
  'count-mails',
  `WITH given AS (
     SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::int[]) AS g(template, minute, mails) ORDER BY minute, template
   ), written AS (
     INSERT INTO mail_minutes AS m (minute, template, mails) SELECT minute, template, mails FROM given
     ON CONFLICT (minute, template) DO UPDATE SET mails = m.mails + EXCLUDED.mails
     RETURNING m.minute, m.template, m.mails
   ), around AS (
     SELECT minute, template, mails FROM written
     UNION ALL
     SELECT m.minute, m.template, m.mails FROM mail_minutes m
     WHERE m.minute > (SELECT min(minute) FROM given) - interval '${WINDOW} minutes'
       AND m.minute < (SELECT max(minute) FROM given) + interval '${WINDOW} minutes' AND m.template = ANY($1::text[])
       AND (m.minute, m.template) NOT IN (SELECT minute, template FROM given)
   ), windows AS (
     SELECT a.template, sum(a.mails) OVER (PARTITION BY a.template ORDER BY a.minute ${WINDOW_BEFORE}) AS mails
     FROM around a LEFT JOIN resumes r ON r.target = a.template
     WHERE a.minute >= coalesce(r.at, '-infinity')
   )
   SELECT w.template, max(w.mails)::int AS mails,
          coalesce((SELECT r.counted FROM resumes r WHERE r.target = w.template AND r.at > now() - interval '1 day'), 0) AS explained
   FROM windows w GROUP BY w.template`,
);

/** The fullest window of the history of a template. What is of the last hour, or made a guard pause it, does not say what is usual. */
export const BUSIEST = new Prepared<[template: string], { mails: number }>(
  'busiest',
  `SELECT coalesce(max(mails), 0)::int AS mails FROM (
     SELECT sum(mails) OVER (ORDER BY minute ${WINDOW_BEFORE}) AS mails FROM mail_minutes
     WHERE template = $1::text AND minute BETWEEN now() - interval '${HISTORY} days' AND now() - interval '1 hour' AND NOT is_unusual) w`,
);

export const MARK_UNUSUAL = new Prepared<[template: string, since: Date], never>(
  'mark-unusual',
  `UPDATE mail_minutes SET is_unusual = true
   WHERE template = $1::text AND minute > $2::timestamptz - interval '${WINDOW} minutes' AND NOT is_unusual`,
);

export const FORGET_MINUTES = new Prepared<[], never>(
  'forget-minutes',
  `DELETE FROM mail_minutes WHERE minute < now() - interval '${HISTORY} days'`,
);

/** Receipts that are looked at, the newest. */
const RECEIPTS = 5_000;

/**
 * What came back of the last mails of a lane: of so many as are asked for, or of all of the last hour where these are more; none that is older than a
 * day, or was asked for before a person last resumed the lane. Batches stop by themselves, so their mails are not among them.
 */
export const CAME_BACK = new Prepared<
  [templates: string[], lane: string, last: number],
  { mails: number; returned: number; complained: number }
>(
  'came-back',
  `WITH begin AS (
     SELECT greatest(now() - interval '1 day', (SELECT at FROM resumes WHERE target = $2::text)) AS at
   ), back AS (
     SELECT minute, sum(sum(mails)) OVER (ORDER BY minute DESC) AS mails FROM mail_minutes
     WHERE template = ANY($1::text[]) AND minute >= (SELECT at FROM begin) GROUP BY minute
   ), span AS (
     SELECT greatest(b.at, least(coalesce((SELECT max(minute) FROM back WHERE mails >= $3::int), b.at), now() - interval '1 hour')) AS since
     FROM begin b
   ), receipts AS (
     SELECT notification_id, kind FROM mail_receipts
     WHERE kind IN ('bounce', 'complaint') AND recorded_at > (SELECT at FROM begin)
     ORDER BY recorded_at DESC LIMIT ${RECEIPTS}
   ), returned AS (
     SELECT notification_id, bool_or(kind = 'complaint') AS complained FROM receipts GROUP BY 1
   )
   SELECT (SELECT coalesce(max(mails), 0)::int FROM back, span WHERE minute >= since) AS mails,
          count(*)::int AS returned, count(*) FILTER (WHERE complained)::int AS complained
   FROM returned r, span
   WHERE (SELECT true FROM notifications n
          WHERE n.id = r.notification_id AND n.template = ANY($1::text[]) AND n.batch_id IS NULL AND n.opened_at >= span.since LIMIT 1)`,
);

/** The newest events that are looked at. */
const EVENTS = 1_000;
/** Those before them, by which it is known what is usual. */
const EARLIER_EVENTS = 5_000;

/** What is heard of submissions lately. */
export interface Heard {
  /** Submissions that were accepted and rejected. */
  contradicted: number;
  accepted: number;
  rejected: number;
  submitted: number;
  failed: number;
}

/** Somebody looked at a batch, or at history that was imported, before it was applied. */
const HEARD = `source NOT LIKE 'batch/%' AND source NOT LIKE 'legacy/%'`;

const WITHIN = `now() - $1::float8 * interval '1 millisecond'`;

/** Nothing for a day after a person said that it is true that all fail. */
const unlessExplained = (target: string) =>
  `(SELECT CASE WHEN count(*) > 0 THEN 'infinity'::timestamptz ELSE ${WITHIN} END FROM resumes
    WHERE target = '${target}' AND at > now() - interval '1 day')`;

/**
 * Of the newest events within a time, and after a person last resumed what they make due. A rejection that comes after the acceptance is
 * refused, so it stands in quarantine.
 */
export const HEARD_LATELY = new Prepared<[within: number], Heard>(
  'heard-lately',
  `WITH since AS (
     SELECT greatest(${WITHIN}, (SELECT max(at) FROM resumes WHERE target IN ('accepted', 'rejected'))) AS contradicted,
            ${unlessExplained('rejected')} AS rejected, ${unlessExplained('submission-error')} AS failed
   ), newest AS (
     SELECT e.submission_uuid AS id, e.type, e.recorded_at, e.source
     FROM (SELECT * FROM submission_events ORDER BY sequence DESC LIMIT ${EVENTS}) e WHERE ${HEARD}
   ), contradicted AS (
     SELECT count(DISTINCT n.id) AS submissions FROM newest n, since
     WHERE n.type IN ('accepted', 'rejected') AND n.recorded_at > since.contradicted
       AND (SELECT true FROM submission_events e
            WHERE e.submission_uuid = n.id AND e.recorded_at > ${WITHIN}
              AND e.type = CASE n.type WHEN 'accepted' THEN 'rejected' ELSE 'accepted' END::submission_event_type LIMIT 1)
   ), refused AS (
     SELECT count(DISTINCT coalesce(q.submission_id, q.tax_return_id::text, q.source)) AS submissions
     FROM (SELECT * FROM quarantine WHERE resolved_at IS NULL AND received_at > (SELECT contradicted FROM since)
           ORDER BY received_at DESC LIMIT ${EVENTS}) q
     WHERE q.reason = 'accepted-beats-rejected'
   )
   SELECT ((SELECT submissions FROM contradicted) + (SELECT submissions FROM refused))::int AS contradicted,
          count(DISTINCT id) FILTER (WHERE type = 'accepted' AND recorded_at > since.rejected)::int AS accepted,
          count(DISTINCT id) FILTER (WHERE type = 'rejected' AND recorded_at > since.rejected)::int AS rejected,
          count(DISTINCT id) FILTER (WHERE type = 'submitted' AND recorded_at > since.failed)::int AS submitted,
          count(DISTINCT id) FILTER (WHERE type IN ('error_xml', 'error_mef') AND recorded_at > since.failed)::int AS failed
   FROM newest, since`,
);

/** The same of events before those. Asked only when nearly all fail. */
export const HEARD_BEFORE = new Prepared<[within: number], Omit<Heard, 'contradicted'>>(
  'heard-before',
  `SELECT count(*) FILTER (WHERE type = 'accepted')::int AS accepted, count(*) FILTER (WHERE type = 'rejected')::int AS rejected,
          count(*) FILTER (WHERE type = 'submitted')::int AS submitted, count(*) FILTER (WHERE type IN ('error_xml', 'error_mef'))::int AS failed
   FROM (SELECT type, source, recorded_at, row_number() OVER (ORDER BY sequence DESC) AS place
         FROM (SELECT * FROM submission_events ORDER BY sequence DESC LIMIT ${EVENTS + EARLIER_EVENTS}) newest) e
   WHERE (place > ${EVENTS} OR recorded_at <= ${WITHIN}) AND ${HEARD}`,
);
