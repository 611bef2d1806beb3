import { Injectable } from '@nestjs/common';
import { v4 as uuid } from 'uuid';
import { Prepared, PrismaService } from '#libs/platform/index.js';
import type { Session } from '#libs/platform/index.js';
import type { BatchAction } from './batch.actions.js';
import type { OutcomeCounts } from './batch.outcome.js';
import type { KeptFilter } from './batch.filter.js';

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
export const LEASE = 15_000;

/** Gives each batch to one process at a time, by a lease. */
@Injectable()
export class BatchTurns {
  constructor(private readonly prisma: PrismaService) {}

  /** The one that has waited longest for a hand; undefined when none waits. */
  async take(): Promise<WorkingBatch | undefined> {
    const [row] = await TAKE.run(this.prisma.pool, uuid(), LEASE);
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

  /** Says that the process which reads it still lives. */
  async keep(batch: WorkingBatch): Promise<void> {
    await HOLD.run(this.prisma.pool, batch.id, batch.token, batch.state, LEASE);
  }

  /** Works on it for as long as that takes, and says meanwhile that the process lives: whoever sends a list may be slow. */
  async keeping<T>(batch: WorkingBatch, work: () => Promise<T>): Promise<T> {
    const alive = setInterval(() => {
      this.keep(batch).catch(() => undefined);
    }, LEASE / 3);
    try {
      return await work();
    } finally {
      clearInterval(alive);
    }
  }

  /** Nobody is to have it for a while, the longer the older it is. */
  async putOff({ id, token }: WorkingBatch, why: string): Promise<void> {
    await PUT_OFF.run(this.prisma.pool, id, token, why);
  }

  /** The next one that looks may have it. */
  async giveBack({ id, token }: WorkingBatch): Promise<void> {
    await GIVE_BACK.run(this.prisma.pool, id, token);
  }
}

const TAKE = new Prepared<[token: string, lease: number], WorkingBatch>(
  'take batch',
  `UPDATE batches SET lease_token = $1::uuid, lease_until = now() + $2::float8 * interval '1 millisecond'
   WHERE id = (
     SELECT id FROM batches
     WHERE state IN ('validating', 'running') AND (lease_until IS NULL OR lease_until <= now())
     ORDER BY lease_until NULLS FIRST, made_at LIMIT 1 FOR UPDATE SKIP LOCKED)
   RETURNING id, lease_token AS token, state, origin, action, topic, incident, campaign, name, version, "column", filter,
             loaded_at IS NOT NULL AS "isLoaded", checked_to AS "checkedTo", applied_to AS "appliedTo"`,
);

const HOLD = new Prepared<[id: string, token: string, state: string, lease: number], HeldBatch>(
  'hold batch',
  `UPDATE batches SET lease_until = now() + $4::float8 * interval '1 millisecond'
   WHERE id = $1::uuid AND lease_token = $2::uuid AND state = $3::text
   RETURNING counts, rate`,
);

const GIVE_BACK = new Prepared<[id: string, token: string], never>(
  'give batch back',
  `UPDATE batches SET lease_until = date_trunc('milliseconds', now()) WHERE id = $1::uuid AND lease_token = $2::uuid`,
);

const PUT_OFF = new Prepared<[id: string, token: string, why: string], never>(
  'put batch off',
  `UPDATE batches SET detail = $3::text, lease_token = NULL,
          lease_until = now() + least(greatest((now() - made_at) / 4, interval '1 second'), interval '1 minute')
   WHERE id = $1::uuid AND lease_token = $2::uuid`,
);
