import { Prepared } from '#libs/platform/index.js';
import { SUPERSEDED_TEXT } from '../../standing/told.js';
import { WAIT_BOUNDS } from './wait.rules.js';

/*
 * Counted beside the service, on tables of tens of millions: each step reads a bounded number of rows by index
 * (test/scale/plans-go-by-index.spec.ts).
 */

/** A day in the hands of one worker. */
export interface TakenDay {
  /** As `2026-04-15`. */
  day: string;
  /** Its beginning, and its end or now, whatever is earlier. */
  from: Date;
  until: Date;
  /** By the clock of the database: what came later is for the next count. */
  now: Date;
}

/** Milliseconds after which a day that is over is counted again: receipts come late. */
const LATER = 6 * 3_600_000;

/** The beginning of the day, and its end. */
const beginsAt = (day: string) => `(${day}::timestamp AT TIME ZONE 'UTC')`;
const endsAt = (day: string) => `((${day} + 1)::timestamp AT TIME ZONE 'UTC')`;

/**
 * Whether a day `d` is to be counted: nobody does, it is not final, and it was not counted lately. It was not counted whole before the
 * first count after its end, and is final by the first one after the time for receipts.
 */
const isDue = (d: string, every: string, openFor: string) => `(
  ${d}.final_at IS NULL AND (${d}.lease_until IS NULL OR ${d}.lease_until < now())
  AND (${d}.counted_at IS NULL
    OR ${d}.counted_at < now() - CASE WHEN ${d}.counted_at < ${endsAt(`${d}.day`)} THEN ${every} ELSE ${LATER} END * interval '1 millisecond'
    OR ${endsAt(`${d}.day`)} + ${openFor} * interval '1 millisecond' <= now()))`;

/**
 * Takes a day that is due, of all since the first mail: the one that was not counted for longest, of those that never were the newest.
 * Where two workers take the same one, one of them gets nothing.
 * @param every milliseconds after which a day that is not over is counted again.
 * @param openFor milliseconds after its end for which a day is not final.
 */
export const TAKE_DAY = new Prepared<
  [token: string, lease: number, every: number, openFor: number],
  TakenDay
>(
  'take a day of the service level',
  `WITH since AS (
     SELECT (requested_at AT TIME ZONE 'UTC')::date AS first FROM notifications
     WHERE requested_at > '-infinity' ORDER BY requested_at LIMIT 1
   ), due AS (
     SELECT g.day::date AS day
     FROM since, generate_series(first::timestamp, (now() AT TIME ZONE 'UTC')::date::timestamp, interval '1 day') AS g(day)
     LEFT JOIN service_level_days d ON d.day = g.day::date
     WHERE d.day IS NULL OR ${isDue('d', '$3::float8', '$4::float8')}
     ORDER BY d.counted_at NULLS FIRST, g.day DESC LIMIT 1
   )
   INSERT INTO service_level_days AS d (day, lease_token, lease_until)
   SELECT day, $1::uuid, now() + $2::float8 * interval '1 millisecond' FROM due
   ON CONFLICT (day) DO UPDATE SET lease_token = excluded.lease_token, lease_until = excluded.lease_until
     WHERE ${isDue('d', '$3::float8', '$4::float8')}
   RETURNING d.day::text AS day, ${beginsAt('d.day')} AS "from", least(${endsAt('d.day')}, now()) AS until, now() AS now`,
);

/** Says that the worker still lives. Nothing when its turn was over and another has taken the day. */
export const HOLD_DAY = new Prepared<[day: string, token: string, lease: number], { day: string }>(
  'hold a day of the service level',
  `UPDATE service_level_days SET lease_until = now() + $3::float8 * interval '1 millisecond'
   WHERE day = $1::date AND lease_token = $2::uuid RETURNING day::text AS day`,
);

/** What became of a mail, each in one of them. */
export const BECAME_OF_DAY = [
  'arrived',
  'taken',
  'superseded',
  'bounced',
  'unknown',
  'waiting',
  'untold',
] as const;
export type BecameOfDay = (typeof BECAME_OF_DAY)[number];

/** Mails of a piece of a day that are alike in all that is counted. */
export interface CountedMails {
  /** Where the piece ends. */
  until: Date;
  became: BecameOfDay;
  isListed: boolean;
  isOrdered: boolean;
  isOwed: boolean;
  isInTime: boolean;
  isAskedAgain: boolean;
  /** Its class of waits; null where no relay took it, or nobody saw when. */
  wait: number | null;
  mails: number;
}

/**
 * Counts the mails of a piece of time. The piece ends after `most` of them, and with the instant that the last of them is of: those of one
 * instant are not told apart by it.
 *
 * When the relay said yes stands in `settled_at`, until somebody adds a `reason`: a receipt or a person who says that there was a yes, or
 * what took the place of the mail later. Then its conversation tells, if it was seen to end. (`=` would invite the index of all outcomes.)
 * @param isPatient mails about an error after the submission wait for more failures (SUBMISSION_ERROR_AFTER).
 */
export const COUNT_PIECE = new Prepared<
  [from: Date, until: Date, now: Date, most: number, within: number, isPatient: boolean],
  CountedMails
>(
  'count a piece of a day',
  `WITH piece AS (
     SELECT coalesce((
       SELECT least(requested_at + interval '1 millisecond', $2::timestamptz(3)) FROM notifications
       WHERE requested_at >= $1::timestamptz(3) AND requested_at < $2::timestamptz(3)
       ORDER BY requested_at OFFSET $4::int - 1 LIMIT 1), $2::timestamptz(3)) AS until
   ), mails AS (
     SELECT CASE
         WHEN n.reason LIKE '${SUPERSEDED_TEXT}%' THEN 'superseded'
         WHEN n.is_told AND n.delivered_at IS NOT NULL THEN 'arrived'
         WHEN n.is_told THEN 'taken'
         WHEN n.state = 'handed_over' THEN 'bounced'
         WHEN n.state = 'unknown' THEN 'unknown'
         WHEN n.state IN ('queued', 'sending') THEN 'waiting'
         ELSE 'untold' END AS became,
       n.batch_id IS NOT NULL AS listed,
       n.batch_id IS NULL AND $6::bool AND n.template = 'submission-error' AND n.stage = 'post' AS ordered,
       (n.state NOT IN ('withheld', 'no_address') OR n.reason IS NOT DISTINCT FROM 'too-late')
         AND NOT (n.state IN ('queued', 'sending') AND n.opened_at > $3::timestamptz(3) - $5::float8 * interval '1 millisecond') AS to_hand,
       n.opened_at > n.requested_at AS again,
       (extract(epoch FROM CASE
         WHEN n.state <> 'handed_over' THEN NULL
         WHEN n.reason IS NULL THEN n.settled_at
         ELSE (
           SELECT d.settled_at FROM deliveries d
           WHERE d.notification_id = n.id AND d.attempt > n.tried_before AND d.outcome IS NOT DISTINCT FROM 'accepted' AND d.reason IS NULL LIMIT 1)
         END - n.opened_at) * 1000)::float8 AS waited
     FROM notifications n
     WHERE n.requested_at >= $1::timestamptz(3) AND n.requested_at < (SELECT until FROM piece)
   ), judged AS (
     SELECT became, listed, ordered, again, waited, to_hand AND NOT listed AND NOT ordered AS owed FROM mails
   )
   SELECT (SELECT until FROM piece) AS until, became, listed AS "isListed", ordered AS "isOrdered", owed AS "isOwed",
          owed AND coalesce(waited <= $5::float8, false) AS "isInTime", owed AND again AS "isAskedAgain",
          CASE WHEN owed THEN width_bucket(waited - 0.001, ARRAY[${WAIT_BOUNDS.join(', ')}]::float8[]) END AS wait, count(*)::int AS mails
   FROM judged GROUP BY 2, 3, 4, 5, 6, 7, 8`,
);

/** Keeps the counts of a day, if it is still in the hands of this worker. */
export const KEEP_DAY = new Prepared<
  [day: string, token: string, now: Date, openFor: number, counts: string],
  { isFinal: boolean }
>(
  'keep a day of the service level',
  `UPDATE service_level_days d
   SET mails = c.mails, arrived = c.arrived, taken = c.taken, superseded = c.superseded, bounced = c.bounced, unknown = c.unknown,
       waiting = c.waiting, untold = c.untold, listed = c.listed, ordered = c.ordered, owed = c.owed, in_time = c."inTime",
       asked_again = c."askedAgain", within_ms = c."withinMs", waits = c.waits,
       counted_at = $3::timestamptz(3), lease_token = NULL, lease_until = NULL,
       final_at = CASE WHEN ${endsAt('d.day')} + $4::float8 * interval '1 millisecond' <= $3::timestamptz(3) THEN now() END
   FROM jsonb_to_record($5::jsonb) AS c(mails int, arrived int, taken int, superseded int, bounced int, unknown int, waiting int, untold int,
     listed int, ordered int, owed int, "inTime" int, "askedAgain" int, "withinMs" int, waits int[])
   WHERE d.day = $1::date AND d.lease_token = $2::uuid AND d.final_at IS NULL
   RETURNING d.final_at IS NOT NULL AS "isFinal"`,
);
