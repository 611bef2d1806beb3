import { Injectable } from '@nestjs/common';
import { v4 as uuid } from 'uuid';
import { Prepared, PrismaService } from '#libs/platform/index.js';
import { EVENT_ASIDE, FEED_COLUMNS, SETTLED } from './event.feed.js';
import type { FeedRow } from './event.feed.js';
import type { FeedPlace } from './feed.place.js';

/** A call-back in the hands of one process, as it was when that took it. */
export interface TakenCallBack extends FeedPlace {
  name: string;
  token: string;
  url: string;
  kinds: string[];
  failures: number;
}

/** What its calls are signed with, sealed. */
export interface Secrets {
  secret: string;
  /** Null where there is none, or its time is over. */
  previousSecret: string | null;
}

/** An event that it was put on without, and how often that was tried. */
export interface Aside extends FeedRow {
  tries: number;
  /** Milliseconds since its tries began. */
  age: number;
}

/** How far it is now, and what comes next. */
export interface Progress extends FeedPlace {
  state: 'active' | 'stopped';
  failures: number;
  reason: string | null;
  status: number | null;
  hasTold: boolean;
  /** Milliseconds until its next call. */
  wait: number;
  /** What it is put on without. */
  asides: { xid: string; sequence: string; reason: string; status: number | null; wait: number }[];
}

/** What came of trying an event that is put aside. */
export interface AsideTried {
  sequence: string;
  isTold: boolean;
  reason: string | null;
  status: number | null;
  /** Null: it is given up. */
  wait: number | null;
}

/** Somebody else works on it, or a person has changed it: nothing that was begun is kept. */
export class CallBackLost extends Error {}

/** Milliseconds for which a process that says nothing still has it. */
const LEASE = 30_000;

/** Gives each call-back to one process at a time, by a lease. */
@Injectable()
export class CallBackTurns {
  constructor(private readonly prisma: PrismaService) {}

  /** One that has something to be told; undefined when there is none. */
  async take(): Promise<TakenCallBack | undefined> {
    const [row] = await TAKE.run(this.prisma.pool, uuid(), LEASE);
    return row;
  }

  /** As they are now. @throws CallBackLost when it is in other hands. */
  async secretsOf({ name, token }: TakenCallBack): Promise<Secrets> {
    const [secrets] = await SECRETS.run(this.prisma.pool, name, token);
    if (!secrets) throw new CallBackLost();
    return secrets;
  }

  /** Says again and again that this process still lives. */
  async keepWhile({ name, token }: TakenCallBack, work: () => Promise<void>): Promise<void> {
    const alive = setInterval(() => {
      ALIVE.run(this.prisma.pool, name, token, LEASE).catch(() => undefined);
    }, LEASE / 3);
    try {
      await work();
    } finally {
      clearInterval(alive);
    }
  }

  /** @throws CallBackLost when it is in other hands: what was told is told again from where those found it. */
  async keep({ name, token }: TakenCallBack, progress: Progress): Promise<void> {
    const { xid, sequence, asides, ...rest } = progress;
    const values = [rest.state, rest.failures, rest.reason, rest.status, rest.hasTold, rest.wait] as const;
    const kept = await KEEP.run(
      this.prisma.pool,
      name,
      token,
      xid,
      sequence,
      ...values,
      JSON.stringify(asides),
    );
    if (kept.length === 0) throw new CallBackLost();
  }

  /** Events that it was put on without and whose time has come. */
  dueAsides({ name }: TakenCallBack, most: number): Promise<Aside[]> {
    return DUE_ASIDES.run(this.prisma.pool, name, most);
  }

  /** Forgets those whose event is not there, as in a database that was restored: else it would be taken for them for ever. */
  async dropLostAsides({ name }: TakenCallBack): Promise<number> {
    return (await DROP_LOST_ASIDES.run(this.prisma.pool, name)).length;
  }

  /** @throws CallBackLost when it is in other hands. */
  async keepAsides({ name, token }: TakenCallBack, tried: AsideTried[]): Promise<void> {
    const kept = await KEEP_ASIDES.run(this.prisma.pool, name, token, JSON.stringify(tried));
    if (kept.length === 0) throw new CallBackLost();
  }

  async giveBack({ name, token }: TakenCallBack): Promise<void> {
    await GIVE_BACK.run(this.prisma.pool, name, token);
  }
}

/** Whether there is anything behind its place, of `call_backs c`. */
const HAS_NEWS = `EXISTS (
  SELECT 1 FROM submission_events e
  WHERE (e.xid, e.sequence) > (c.after_xid::text::xid8, c.after_sequence) AND ${SETTLED})`;

export const TAKE = new Prepared<[token: string, lease: number], TakenCallBack>(
  'take call-back',
  `UPDATE call_backs taken SET lease_token = $1::uuid, lease_until = now() + $2::float8 * interval '1 millisecond'
   WHERE name = (
     SELECT c.name FROM call_backs c
     WHERE c.state = 'active' AND c.due_at <= now() AND (c.lease_until IS NULL OR c.lease_until <= now())
       AND (${HAS_NEWS} OR EXISTS (SELECT 1 FROM call_back_asides a WHERE a.name = c.name AND a.due_at <= now()))
     ORDER BY c.due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
   RETURNING name, lease_token AS token, url, kinds, failures, after_xid::text AS xid, after_sequence::text AS sequence`,
);

const SECRETS = new Prepared<[name: string, token: string], Secrets>(
  'secrets of call-back',
  `SELECT secret, CASE WHEN previous_until > now() THEN previous_secret END AS "previousSecret"
   FROM call_backs WHERE name = $1::text AND lease_token = $2::uuid`,
);

const ALIVE = new Prepared<[name: string, token: string, lease: number], never>(
  'call-back alive',
  `UPDATE call_backs SET lease_until = now() + $3::float8 * interval '1 millisecond' WHERE name = $1::text AND lease_token = $2::uuid`,
);

const GIVE_BACK = new Prepared<[name: string, token: string], never>(
  'give call-back back',
  `UPDATE call_backs SET lease_token = NULL, lease_until = NULL WHERE name = $1::text AND lease_token = $2::uuid`,
);

type Kept = [
  name: string,
  token: string,
  xid: string,
  sequence: string,
  state: string,
  failures: number,
  reason: string | null,
  status: number | null,
  hasTold: boolean,
  wait: number,
  asides: string,
];

const KEEP = new Prepared<Kept, { name: string }>(
  'keep call-back',
  `WITH kept AS (
     UPDATE call_backs SET after_xid = $3::text::int8, after_sequence = $4::text::int8, state = $5::text, failures = $6::int,
       failing_since = CASE WHEN $6::int > 0 THEN coalesce(failing_since, now()) END, reason = $7::text, status = $8::int,
       told_at = CASE WHEN $9::bool THEN now() ELSE told_at END, due_at = now() + $10::float8 * interval '1 millisecond'
     WHERE name = $1::text AND lease_token = $2::uuid RETURNING name
   ), aside AS (
     INSERT INTO call_back_asides (name, xid, sequence, tries, reason, status, due_at)
     SELECT kept.name, a.xid, a.sequence, 1, a.reason, a.status, now() + a.wait * interval '1 millisecond'
     FROM kept, jsonb_to_recordset($11::jsonb) AS a(xid int8, sequence int8, reason text, status int, wait float8)
     ON CONFLICT (name, sequence) DO NOTHING
   )
   SELECT name FROM kept`,
);

export const DUE_ASIDES = new Prepared<[name: string, most: number], Aside>(
  'due asides',
  `SELECT ${FEED_COLUMNS}, a.tries, (extract(epoch FROM now() - a.since) * 1000)::float8 AS age
   FROM (
     SELECT * FROM call_back_asides WHERE name = $1::text AND due_at <= now() ORDER BY due_at LIMIT $2::int
   ) a ${EVENT_ASIDE}
   ORDER BY e.xid, e.sequence`,
);

const DROP_LOST_ASIDES = new Prepared<[name: string], { sequence: string }>(
  'drop lost asides',
  `DELETE FROM call_back_asides a WHERE a.name = $1::text AND a.due_at <= now() AND NOT EXISTS (
     SELECT 1 FROM submission_events e WHERE e.xid = a.xid::text::xid8 AND e.sequence = a.sequence)
   RETURNING a.sequence::text AS sequence`,
);

const KEEP_ASIDES = new Prepared<[name: string, token: string, tried: string], { name: string }>(
  'keep asides',
  `WITH kept AS (
     SELECT name FROM call_backs WHERE name = $1::text AND lease_token = $2::uuid FOR NO KEY UPDATE
   ), tried AS (
     SELECT kept.name, t.* FROM kept, jsonb_to_recordset($3::jsonb)
       AS t(sequence int8, "isTold" bool, reason text, status int, wait float8)
   ), told AS (
     DELETE FROM call_back_asides a USING tried t WHERE t."isTold" AND a.name = t.name AND a.sequence = t.sequence
   ), again AS (
     UPDATE call_back_asides a SET tries = a.tries + 1, reason = t.reason, status = t.status,
       due_at = now() + t.wait * interval '1 millisecond'
     FROM tried t WHERE NOT t."isTold" AND a.name = t.name AND a.sequence = t.sequence
   )
   SELECT name FROM kept`,
);
