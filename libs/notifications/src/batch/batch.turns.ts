import { Injectable } from '@nestjs/common';
import { v4 as uuid } from 'uuid';
import { Prepared, PrismaService } from '#libs/platform/index.js';
import type { Session } from '#libs/platform/index.js';
import type { BatchAction } from './batch.actions.js';
import type { OutcomeCounts } from './batch.outcome.js';
import type { KeptFilter } from './batch.filter.js';
import type { Ordered } from './batch.ordered.js';

/** A batch in the hands of one process, as it was when that took it. */
export interface WorkingBatch {
  id: string;
  token: string;
  state: 'validating' | 'running';
  origin: string;
  action: BatchAction;
  topic: string | null;
  incident: string | null;
  campaign: string | null;
  name: string | null;
  version: string | null;
  column: string | null;
  filter: KeptFilter | null;
  ordered: Ordered | null;
  /** Who ordered what it does. */
  madeBy: string;
  isLoaded: boolean;
  /** The last row that was looked at, and the last that was applied. */
  checkedTo: number;
  appliedTo: number;
}

/** What of it may have changed since: read under its lock, when the work on it goes on. */
export interface HeldBatch {
  counts: OutcomeCounts;
  rate: number | null;
}

/** Somebody else works on it, or nobody is to: what was begun is taken back. */
export class TurnLost extends Error {}

/** Milliseconds that a process may take for one step. One that died is followed by another after this. */
const LEASE = 15_000;
/** Milliseconds until a batch on which the work fails is tried again: twice as many each time, up to the second. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 5 * 60_000;

/** The reason of one on which the work fails again and again, while it waits for its next try. */
export const KEEPS_FAILING = 'keeps-failing';

/** Why the work on a batch fails, in words; undefined while it does not. */
export function whyItFails({ reason, detail }: { reason: string | null; detail: string | null }) {
  return reason === KEEPS_FAILING ? (detail ?? undefined) : undefined;
}

/** Gives each batch to one process at a time, by a lease. */
@Injectable()
export class BatchTurns {
  constructor(private readonly prisma: PrismaService) {}

  /** The one that has waited longest for a hand, but for some; undefined when none waits. */
  async take(but: string[] = []): Promise<WorkingBatch | undefined> {
    const [row] = await TAKE.run(this.prisma.pool, uuid(), LEASE, but);
    return row;
  }

  /** One of them by its id; undefined when it waits for no hand, or another has it. */
  async takeThis(id: string): Promise<WorkingBatch | undefined> {
    const [row] = await TAKE_THIS.run(this.prisma.pool, id, uuid(), LEASE);
    return row;
  }

  /**
   * Locks it until the end of the transaction: a person who pauses it waits for that, and nobody else goes on with it.
   * @throws TurnLost when it is another's, or no longer in the state that it was taken in.
   */
  async hold(session: Session, { id, token, state }: WorkingBatch): Promise<HeldBatch> {
    const [held] = await HOLD.run(session, id, token, state, LEASE);
    if (!held) throw new TurnLost();
    return held;
  }

  /** Gives one that was made in this transaction to whoever made it: by the clock of the database, as every lease is. */
  async begin(session: Session, id: string): Promise<string> {
    const token = uuid();
    await BEGIN.run(session, id, token, LEASE);
    return token;
  }

  /** Says again and again that this process still lives, while it does what may take longer than one step: reading a list. */
  async keepWhile<T>(batch: WorkingBatch, work: () => Promise<T>): Promise<T> {
    const { id, token, state } = batch;
    let said: Promise<unknown> = Promise.resolve();
    const alive = setInterval(() => {
      said = HOLD.run(this.prisma.pool, id, token, state, LEASE).catch(() => undefined);
    }, LEASE / 3);
    try {
      return await work();
    } finally {
      clearInterval(alive);
      // It must not take the batch anew from whoever gives it back now.
      await said;
    }
  }

  /** The next one that looks may have it, or one that looks in so many milliseconds. */
  async giveBack({ id, token }: WorkingBatch, wait = 0): Promise<void> {
    await GIVE_BACK.run(this.prisma.pool, id, token, wait);
  }

  /** Gives it back because the work on it failed; the pause grows each time, and people see why it does not go on. */
  async giveBackFailed({ id, token }: WorkingBatch, detail: string): Promise<void> {
    await FAILED.run(this.prisma.pool, id, token, detail, FIRST_PAUSE, LONGEST_PAUSE);
  }
}

const WAITS = `state IN ('validating', 'running') AND (lease_until IS NULL OR lease_until <= now())`;

const WORKING = `id, lease_token AS token, state, origin, action, topic, incident, campaign, name, version, "column", filter, ordered,
             made_by AS "madeBy", loaded_at IS NOT NULL AS "isLoaded", checked_to AS "checkedTo", applied_to AS "appliedTo"`;

export const TAKE = new Prepared<[token: string, lease: number, but: string[]], WorkingBatch>(
  'take batch',
  `UPDATE batches SET lease_token = $1::uuid, lease_until = now() + $2::float8 * interval '1 millisecond'
   WHERE id = (
     SELECT id FROM batches WHERE ${WAITS} AND id <> ALL ($3::uuid[])
     ORDER BY lease_until NULLS FIRST, made_at LIMIT 1 FOR UPDATE SKIP LOCKED)
   RETURNING ${WORKING}`,
);

const TAKE_THIS = new Prepared<[id: string, token: string, lease: number], WorkingBatch>(
  'take this batch',
  `UPDATE batches SET lease_token = $2::uuid, lease_until = now() + $3::float8 * interval '1 millisecond'
   WHERE id = $1::uuid AND ${WAITS} RETURNING ${WORKING}`,
);

export const HOLD = new Prepared<[id: string, token: string, state: string, lease: number], HeldBatch>(
  'hold batch',
  `UPDATE batches SET lease_until = now() + $4::float8 * interval '1 millisecond'
   WHERE id = $1::uuid AND lease_token = $2::uuid AND state = $3::text
   RETURNING counts, rate`,
);

const BEGIN = new Prepared<[id: string, token: string, lease: number], never>(
  'begin batch',
  `UPDATE batches SET lease_token = $2::uuid, lease_until = now() + $3::float8 * interval '1 millisecond' WHERE id = $1::uuid`,
);

const GIVE_BACK = new Prepared<[id: string, token: string, wait: number], never>(
  'give batch back',
  `UPDATE batches SET lease_until = date_trunc('milliseconds', now() + $3::float8 * interval '1 millisecond'),
          failures = 0,
          detail = CASE WHEN reason = '${KEEPS_FAILING}' THEN NULL ELSE detail END,
          reason = nullif(reason, '${KEEPS_FAILING}')
   WHERE id = $1::uuid AND lease_token = $2::uuid`,
);

const FAILED = new Prepared<
  [id: string, token: string, detail: string, first: number, longest: number],
  never
>(
  'batch failed',
  `UPDATE batches SET failures = failures + 1, reason = '${KEEPS_FAILING}', detail = $3::text,
          lease_until = now() + least($4::float8 * 2 ^ least(failures, 20), $5::float8) * interval '1 millisecond'
   WHERE id = $1::uuid AND lease_token = $2::uuid AND state IN ('validating', 'running')`,
);
