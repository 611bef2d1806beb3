import { Prepared } from '#libs/platform/index.js';
import { GOES_ON } from '../send/notification.statements.js';

/*
 * Asked by every probe, so each reads a bounded number of rows by index, whatever the backlog
 * (test/scale/plans-go-by-index.spec.ts).
 */

/** Mails of the head of the line that are looked at. Where there are more, that is what is said. */
export const MOST_WAITING = 10_000;

/** The head of the line: mails whose turn has come, paused ones not among them. */
export interface Waiting {
  /** At most {@link MOST_WAITING}. */
  mails: number;
  /** Of these, tried before and not taken. */
  tried: number;
  /** Since when the longest of the tried ones has been due. */
  triedSince: Date | null;
  /** Due for too long. */
  late: number;
  lateTried: number;
  /** Since when the longest of all has been due. */
  since: Date | null;
  /** Their turn came more than the grace ago, and no worker took them. */
  untaken: number;
}

/**
 * A mail that was tried waits since its first try, or since its time if no conversation took place: while it is tried again its time
 * is the next try's. One that is sent again by policy after an unclear try waits on purpose until then.
 */
export const WAITING = new Prepared<[now: Date, late: Date, grace: Date, most: number], Waiting>(
  'waiting',
  `WITH queued AS (
     SELECT n.id, n.attempt - n.tried_before AS tries, n.tried_before, greatest(n.due_at, n.opened_at) AS since, n.due_at, false AS held
     FROM notifications n
     WHERE n.state = 'queued'
       AND (n.due_at <= $1::timestamptz(3) OR (n.attempt > n.tried_before AND n.reason IS DISTINCT FROM 'unknown-resend'))
       AND ${GOES_ON}
     ORDER BY n.due_at LIMIT $4::int
   ), sending AS (
     SELECT n.id, n.attempt - n.tried_before - 1 AS tries, n.tried_before, greatest(n.due_at, n.opened_at) AS since, n.due_at, true AS held
     FROM notifications n WHERE n.state = 'sending' ORDER BY n.due_at LIMIT $4::int
   ), waiting AS (
     SELECT w.tries > 0 AS tried, CASE WHEN w.tries > 0 THEN coalesce(d.opened_at, w.since) ELSE w.since END AS since,
            NOT w.held AND w.due_at < $3::timestamptz(3) AS untaken
     FROM (SELECT * FROM queued UNION ALL SELECT * FROM sending) w
     LEFT JOIN LATERAL (
       SELECT opened_at FROM deliveries WHERE notification_id = w.id AND attempt = w.tried_before + 1 LIMIT 1) d ON w.tries > 0
     LIMIT $4::int
   )
   SELECT count(*)::int AS mails, count(*) FILTER (WHERE tried)::int AS tried, min(since) FILTER (WHERE tried) AS "triedSince",
          count(*) FILTER (WHERE since < $2::timestamptz(3))::int AS late,
          count(*) FILTER (WHERE tried AND since < $2::timestamptz(3))::int AS "lateTried",
          min(since) AS since, count(*) FILTER (WHERE untaken)::int AS untaken
   FROM waiting`,
);
