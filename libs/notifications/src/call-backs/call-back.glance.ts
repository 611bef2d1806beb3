import { Prepared } from '#libs/platform/index.js';
import { SETTLED } from './event.feed.js';

/** How all call-backs stand, for who watches: no name, no address. */
export interface CallBackGlance {
  active: number;
  /** Said that it wants no more calls: they wait for a person. */
  stopped: number;
  /** Since when the one that has failed for longest has. Null while none fails. */
  failingSince: Date | null;
  /** When the oldest event was recorded that an active one is yet to be told of. */
  behindSince: Date | null;
  /** Events that were put aside, and are tried by themselves. */
  aside: number;
  /** Events that are tried no more: they wait for a person. */
  givenUp: number;
}

/** Events that are counted of each call-back and kind. */
const MOST_COUNTED = 10_000;

export const CALL_BACK_GLANCE = new Prepared<[], CallBackGlance>(
  'call-backs at a glance',
  `SELECT count(*) FILTER (WHERE state = 'active')::int AS active, count(*) FILTER (WHERE state = 'stopped')::int AS stopped,
          min(failing_since) FILTER (WHERE state = 'active') AS "failingSince", min(behind.since) AS "behindSince",
          coalesce(sum(tried.events), 0)::int AS aside, coalesce(sum(left_out.events), 0)::int AS "givenUp"
   FROM call_backs c
   LEFT JOIN LATERAL (
     SELECT e.recorded_at AS since FROM submission_events e
     WHERE (e.xid, e.sequence) > (c.after_xid::text::xid8, c.after_sequence) AND ${SETTLED}
     ORDER BY e.xid, e.sequence LIMIT 1) behind ON c.state = 'active'
   CROSS JOIN LATERAL (${countOfAsides('IS NOT NULL')}) tried
   CROSS JOIN LATERAL (${countOfAsides('IS NULL')}) left_out`,
);

function countOfAsides(due: 'IS NULL' | 'IS NOT NULL'): string {
  return `SELECT count(*) AS events FROM (
    SELECT FROM call_back_asides a WHERE a.name = c.name AND a.due_at ${due} LIMIT ${MOST_COUNTED}) first`;
}
