import { randomInt, randomUUID } from 'node:crypto';
import { setInterval } from 'node:timers';
import { beforeAll, describe, expect, it } from 'vitest';
import { BatchService, csvRows, textOf } from '#libs/notifications/index.js';
import { countedTwice, idsOf, manyFailed, manyFailedWithoutAddress } from '../support/batch.lists.js';
import { countsOf, finishedBatch, MADE_BY, move, resultsOf, seenBatch } from '../support/batches.js';
import { eventually } from '../support/eventually.js';
import { Mailbox } from '../support/mailbox.js';
import { proved } from '../support/proved.js';
import { queueBackends } from '../support/servers.js';
import { batchRows } from '../support/sizes.js';
import { Stack } from '../support/stack.js';
import type { WorkerProcess } from '../support/worker.process.js';

const { rows, known, mails } = batchRows;
/** Each tenth of the known ones stands twice on the list, and each twentieth of the rest of it holds no id. */
const repeated = Math.floor(known / 10);
const malformed = Math.floor((rows - known - repeated) / 20);
const unknown = rows - known - repeated - malformed;

/** Milliseconds in which any machine comes to the next moment of the story, however large the list. */
const LONG = 3_600_000;

let stack: Stack;

describe.each(queueBackends())('with the send queue on $name', (backend) => {
  beforeAll(async () => {
    stack = await Stack.start(`batch-killed-${backend.name}`, {
      backend,
      worker: false,
      mailbox: await Mailbox.start({ keepBodies: false }),
      settings: { BATCH_APPROVAL_ABOVE: String(rows) },
    });
    return () => stack.stop();
  });

  it(
    `a list of ${rows} rows, whose workers are killed at three moments, is run to its end by others, each row once`,
    async () => {
      const told = await manyFailed(stack, mails);
      const ids = [...idsOf(told), ...(await manyFailedWithoutAddress(stack, known - mails))];
      const text = await textOf(csvOf(ids));
      const list = csvRows(text, { kind: 'taxReturnId' });
      const id = await stack.app
        .get(BatchService)
        .take({ action: 'error-resolved', incident: 'killed' }, 'upload', list, MADE_BY);
      const memory = new Memory();

      await killedWhen('checked_to', id, memory);
      const finder = await memory.of(stack.startWorker());
      const report = await seenBatch(
        stack,
        id,
        ({ state }) => state === 'validated',
        'a list that is looked at',
        LONG,
      );
      await finder.kill();
      expect(countsOf(report)).toEqual({
        ready: mails,
        'no-address': known - mails,
        repeated,
        malformed,
        unknown,
      });

      await move(stack, id, 'start-batch');
      await killedWhen('applied_to', id, memory);
      await stack.startWorker({ crashAfter: 'recorded' }).ended;
      await laterOn(id);
      await memory.of(stack.startWorker());
      const done = await finishedBatch(stack, id, LONG);
      memory.stop();

      const counts = { applied: known, repeated, malformed, unknown };
      expect(await countedTwice(stack, id)).toEqual({ kept: counts, counted: counts, all: rows, sum: rows });
      expect(done.counts).toMatchObject({ waiting: 0, failed: known - mails });
      // Whoever was killed may have left mails of which nobody knows whether they went out.
      expect(done.counts.told + done.counts.uncertain).toBe(mails);
      const recipients = stack.mailbox.mails.map(({ to }) => to[0]);
      expect(new Set(recipients).size).toBe(recipients.length);
      expect(recipients.length).toBeGreaterThanOrEqual(done.counts.told);
      expect(
        await stack.sql(
          `SELECT count(*)::int AS mails, count(DISTINCT tax_return_id)::int AS returns FROM notifications WHERE batch_id = $1`,
          [id],
        ),
      ).toEqual([{ mails: known, returns: known }]);
      expect(
        await stack.sql(
          `SELECT count(*)::int AS events, count(DISTINCT submission_uuid)::int AS submissions FROM submission_events WHERE type = 'error_resolved'`,
        ),
      ).toEqual([{ events: known, submissions: known }]);
      expect(new Set((await resultsOf(stack, id)).map((line) => line.split(',')[0])).size).toBe(rows);
      proved(
        `Batches, with the send queue on ${backend.name}: of ${rows} rows, with their workers killed at three moments, each has one result; ${known} errors resolved once, ` +
          `${done.counts.told} told once, ${done.counts.uncertain} uncertain, none twice; a worker held ${memory.most} MiB over what it holds idle.`,
      );
    },
    3 * LONG,
  );
});

/**
 * Starts a worker and kills it in the middle of a step: when it has written the row at which the database has it wait. Which
 * row that is changes from run to run.
 */
async function killedWhen(column: 'checked_to' | 'applied_to', id: string, memory: Memory): Promise<void> {
  const [last] = await stack.sql<{ row: number }>(
    `SELECT max(row) AS row FROM batch_rows WHERE batch_id = $1 ${column === 'applied_to' ? `AND outcome IN ('ready', 'no-address')` : ''}`,
    [id],
  );
  const at = randomInt(1, last?.row ?? 2);
  await stack.sql(
    `CREATE OR REPLACE FUNCTION waits() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN IF NEW.${column} >= ${at} THEN PERFORM pg_advisory_xact_lock(42); END IF; RETURN NEW; END $$`,
  );
  await stack.sql(
    'CREATE OR REPLACE TRIGGER waits BEFORE UPDATE ON batches FOR EACH ROW EXECUTE FUNCTION waits()',
  );
  const session = await stack.session();
  await session.query('SELECT pg_advisory_lock(42)');
  const worker = await memory.of(stack.startWorker());
  await eventually(
    async () =>
      (
        await session.query(
          `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 42 AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
        )
      ).rows.length > 0,
    { because: `a worker that has come to row ${at} (${column})`, timeout: LONG },
  );
  await worker.kill();
  await session.query('SELECT pg_advisory_unlock(42)');
  session.release();
  await stack.sql('DROP TRIGGER waits ON batches');
  await laterOn(id);
}

/** The leases of whoever was killed are over. */
async function laterOn(id: string): Promise<void> {
  await stack.sql(`UPDATE batches SET lease_until = now() - interval '1 second' WHERE id = $1`, [id]);
  await stack.sql(
    `UPDATE notifications SET lease_until = now() - interval '1 second' WHERE state = 'sending'`,
  );
}

/** How much more memory workers hold at most than when they have nothing to do. */
class Memory {
  /** MiB. */
  most = 0;
  private readonly timers: NodeJS.Timeout[] = [];

  /** Measures it from the moment that it is ready on: it may have begun then. */
  async of(worker: WorkerProcess): Promise<WorkerProcess> {
    await worker.ready();
    const idle = worker.memory();
    this.timers.push(
      setInterval(() => {
        if (worker.hasEnded()) return;
        // No number of one that died a moment ago.
        const over = Math.round((worker.memory() - idle) / 2 ** 20);
        if (over > this.most) this.most = over;
      }, 100),
    );
    return worker;
  }

  stop(): void {
    for (const timer of this.timers) clearInterval(timer);
  }
}

/** The list as a log search writes it, in which every kind of row is everywhere. */
async function* csvOf(ids: string[]): AsyncGenerator<Uint8Array> {
  yield Buffer.from('"taxReturnId","message"\r\n');
  let [unknownLeft, malformedLeft, repeatedLeft] = [unknown, malformed, repeated];
  const share = Math.ceil(rows / known);
  for (const [index, id] of ids.entries()) {
    const lines = [id];
    for (let extra = 1; extra < share || index === ids.length - 1; extra += 1) {
      if (index % 10 === 9 && repeatedLeft > 0 && extra === 1) {
        lines.push(id);
        repeatedLeft -= 1;
      } else if (malformedLeft > 0 && (extra % 2 === 1 || unknownLeft === 0)) {
        lines.push('not known');
        malformedLeft -= 1;
      } else if (unknownLeft > 0) {
        lines.push(randomUUID());
        unknownLeft -= 1;
      } else if (repeatedLeft > 0) {
        lines.push(id);
        repeatedLeft -= 1;
      } else break;
    }
    yield await Promise.resolve(Buffer.from(lines.map((line) => `"${line}","it failed"\r\n`).join('')));
  }
}
