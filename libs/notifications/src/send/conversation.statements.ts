import { Prepared } from '#libs/platform/index.js';
import type { Conversation } from './relay.health.rules.js';

/*
 * How conversations with a relay ended. Asked by every probe, and every second by who sends with two relays: each reads a bounded
 * number of rows by index (test/scale/plans-go-by-index.spec.ts).
 */

/** What a receipt said later is no conversation. */
export const TAKEN = `outcome = 'accepted' AND reason IS NULL`;
/** A worker that died says nothing of the relay. */
const PUT_OFF = `outcome = 'deferred' AND reason <> 'worker-lost'`;
const UNCLEAR = `outcome = 'unknown' AND reason <> 'worker-lost'`;

const ended = (condition: string) =>
  `(SELECT notification_id AS "notificationId", reason, response AS words, settled_at AS "endedAt"
    FROM deliveries WHERE ${condition} ORDER BY settled_at DESC LIMIT $1::int)`;

const last = (condition = '') =>
  `${[TAKEN, PUT_OFF, UNCLEAR].map((kind) => ended(kind + condition)).join(' UNION ALL ')} ORDER BY "endedAt" DESC`;

/** The last ones of each kind, newest first. What the relay refuses for good tells nothing: it is about one mail. */
export const CONVERSATIONS = new Prepared<[most: number], Conversation>('conversations', last());

/** Begun and ended since an instant. What was under way before tells of before. */
const WITH_ONE = ` AND settled_at > $2::timestamptz(3) AND opened_at >= $2::timestamptz(3) AND relay = $3::text`;

/** The same of one relay, since an instant. */
export const CONVERSATIONS_WITH = new Prepared<[most: number, since: Date, relay: string], Conversation>(
  'conversations with',
  last(WITH_ONE),
);

const first = (condition: string) =>
  `(SELECT settled_at FROM deliveries WHERE ${condition} AND settled_at > $1::timestamptz(3) AND ($2::bool OR reason <> 'relay-busy')
    ORDER BY settled_at LIMIT 1)`;

/** When the first one after this instant failed. @param busy whether `relay-busy` counts. */
export const FIRST_FAILED = new Prepared<[after: Date, busy: boolean], { at: Date | null }>(
  'first-failed',
  `SELECT least(${first(PUT_OFF)}, ${first(UNCLEAR)}) AS at`,
);

const firstWith = (condition: string) =>
  first(`${condition} AND opened_at >= $4::timestamptz(3) AND relay = $3::text`);

/** The same of one relay. @param begun what was under way before tells of before. */
export const FIRST_FAILED_WITH = new Prepared<
  [after: Date, busy: boolean, relay: string, begun: Date],
  { at: Date | null }
>('first-failed with', `SELECT least(${firstWith(PUT_OFF)}, ${firstWith(UNCLEAR)}) AS at`);

/** How many mails were taken since this instant, up to as many. */
export const TAKEN_SINCE = new Prepared<[since: Date, most: number], { mails: number }>(
  'taken-since',
  `SELECT count(*)::int AS mails
   FROM (SELECT FROM deliveries WHERE ${TAKEN} AND settled_at > $1::timestamptz(3) ORDER BY settled_at DESC LIMIT $2::int) taken`,
);
