import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { BatchService, csvRows, textOf } from '#libs/notifications/index.js';
import { countedTwice, idsOf, manyFailed, piecesOf } from '../support/batch.lists.js';
import { finishedBatch, MADE_BY, move, seenBatch } from '../support/batches.js';
import { eventually } from '../support/eventually.js';
import { queueBackends } from '../support/servers.js';
import { Stack } from '../support/stack.js';

const BATCHES = 3;
const ROWS = 30;
/** Mails of one batch on their way at most, so that none is applied at one stroke. */
const WINDOW = 10;
/** What the first rows of a batch wait for, and what the later ones do. */
const FIRST_ROWS = 42;
const LATER_ROWS = 43;

describe.each(queueBackends())('two workers, with the send queue on $name,', (backend) => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start(`batch-two-workers-${backend.name}`, {
      backend,
      worker: false,
      settings: { BATCH_ON_THE_WAY: String(WINDOW) },
    });
    return () => stack.stop();
  });

  it('share batches; when one of them is killed the other runs all to their end, each row once', async () => {
    const gate = await stack.session();
    await closeGate(gate);
    const workers = ['one', 'other'].map((name) => ({ name, process: startAs(name) }));
    const batches: string[] = [];
    for (let batch = 0; batch < BATCHES; batch += 1) batches.push(await aStarted());

    // Each has rows of a batch in hand at the same moment, and comes forward with them.
    await eventually(async () => (await waitingAt(gate, FIRST_ROWS)).length === 2, {
      because: 'two at work',
    });
    await gate.query('SELECT pg_advisory_unlock($1)', [FIRST_ROWS]);
    await eventually(async () => (await waitingAt(gate, LATER_ROWS)).length === 2, {
      because: 'both at work on later rows',
    });
    expect(await gate.query(`SELECT DISTINCT who FROM worked ORDER BY who`)).toMatchObject({
      rows: [{ who: 'one' }, { who: 'other' }],
    });

    await workers[0]?.process.kill();
    await gate.query('SELECT pg_advisory_unlock($1)', [LATER_ROWS]);
    gate.release();
    await whatTheDeadHeld();
    const told: number[] = [];
    for (const id of batches) {
      const { counts } = await finishedBatch(stack, id);
      expect(await countedTwice(stack, id)).toEqual({
        kept: { applied: ROWS },
        counted: { applied: ROWS },
        all: ROWS,
        sum: ROWS,
      });
      // Whoever was killed may have left mails of which nobody knows whether they went out.
      expect(counts.told + counts.uncertain).toBe(ROWS);
      told.push(counts.told);
    }
    const recipients = stack.mailbox.mails.map(({ to }) => to[0]);
    expect(new Set(recipients).size).toBe(recipients.length);
    expect(recipients.length).toBeGreaterThanOrEqual(told.reduce((sum, one) => sum + one, 0));
  });

  /** A worker by whose name Postgres knows its sessions. */
  function startAs(name: string) {
    const url = new URL(stack.environment.DATABASE_URL ?? '');
    url.searchParams.set('application_name', name);
    return stack.startWorker({ settings: { DATABASE_URL: url.href } });
  }

  async function aStarted(): Promise<string> {
    const ids = idsOf(await manyFailed(stack, ROWS));
    const rows = csvRows(await textOf(piecesOf([Buffer.from(ids.join('\n'))])), { kind: 'taxReturnId' });
    const id = await stack.app
      .get(BatchService)
      .take({ action: 'error-resolved', incident: randomUUID() }, 'upload', rows, MADE_BY);
    await seenBatch(stack, id, ({ state }) => state === 'validated', 'a list that is looked at');
    await move(stack, id, 'start-batch');
    return id;
  }

  /** From now on whoever has applied rows waits before that is committed, and is written down when it is. */
  async function closeGate(gate: pg.PoolClient): Promise<void> {
    await gate.query('SELECT pg_advisory_lock($1), pg_advisory_lock($2)', [FIRST_ROWS, LATER_ROWS]);
    await gate.query(`CREATE TABLE worked (who text NOT NULL)`);
    await gate.query(
      `CREATE FUNCTION waits_and_tells() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN
         PERFORM pg_advisory_xact_lock(CASE WHEN OLD.applied_to = 0 THEN ${FIRST_ROWS} ELSE ${LATER_ROWS} END);
         INSERT INTO worked VALUES (current_setting('application_name'));
         RETURN NEW;
       END $$`,
    );
    await gate.query(
      `CREATE TRIGGER waits_and_tells BEFORE UPDATE OF applied_to ON batches
       FOR EACH ROW WHEN (NEW.applied_to > OLD.applied_to) EXECUTE FUNCTION waits_and_tells()`,
    );
  }

  /** The leases of whoever was killed are over. */
  async function whatTheDeadHeld(): Promise<void> {
    for (const table of ['batches', 'notifications'])
      await stack.sql(
        `UPDATE ${table} SET lease_until = now() - interval '1 second' WHERE lease_until > now()`,
      );
  }
});

/** The names of those who wait there. */
async function waitingAt(gate: pg.PoolClient, lock: number): Promise<string[]> {
  const { rows } = await gate.query<{ name: string }>(
    `SELECT DISTINCT a.application_name AS name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE l.locktype = 'advisory' AND l.objid = $1 AND NOT l.granted
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [lock],
  );
  return rows.map(({ name }) => name);
}
