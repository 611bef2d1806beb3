import { idsOf, manyFailed } from '../test/support/batch.lists.js';
import { manyReturns } from '../test/support/make.many.js';
import type { WorkerProcess } from '../test/support/worker.process.js';
import { Lists, PEOPLE } from './batches.lists.js';
import { urgentBeside } from './batches.urgent.js';
import type { Report } from './figure.js';
import { ownSeconds, processorSeconds } from './processor.time.js';
import { World, type Backend, type Servers } from './world.js';

/** No mail is due for a confirmation, and those of the fix wait for the relay: what is measured is recording alone. */
const RECORDS_ALONE = { SUBMITTED_NOTICE: 'off', RELAY_RATE_BULK: '1', BATCH_ON_THE_WAY: '100000' };

/**
 * How fast a list is read, looked at and recorded by one worker, by the clock and in processor time of each row; and what an urgent mail
 * waits while a batch runs, beside what it waits while nothing does.
 */
export async function batches(
  servers: Servers,
  backend: Backend,
  rows: number,
  report: Report,
): Promise<void> {
  await recording(servers, backend, rows, report);
  const world = await World.make(servers, backend);
  await world.startWorkers(1, { settings: PEOPLE });
  const lists = await Lists.of(world);
  await urgentBeside(world, lists, report);
  await lists.close();
  await world.stop();
}

async function recording(servers: Servers, backend: Backend, rows: number, report: Report): Promise<void> {
  const world = await World.make(servers, backend);
  const confirmed = await manyReturns(world, rows);
  const failed = await manyFailed(world, rows);
  const settings = { ...PEOPLE, ...RECORDS_ALONE };
  const [worker] = await world.startWorkers(1, { settings });
  if (!worker) throw new Error('no worker');
  const lists = await Lists.of(world);
  const phases = new Phases(world, worker, rows, report);
  const idle = worker.memory();
  let most = idle;
  const watch = setInterval(() => (most = Math.max(most, worker.memory())), 100);
  const receipts = confirmed.map(({ submissionId }, index) => `${submissionId},receipt-${index}\r\n`);
  const fix = idsOf(failed).map((id) => `"${id}","it failed"\r\n`);

  for (const [action, made, what] of [
    ['submission-confirmations', ['submissionId,receiptId\r\n', ...receipts], 'without mails'],
    ['error-resolved', ['taxReturnId,message\r\n', ...fix], 'whose mails wait'],
  ] as const) {
    let id = '';
    await phases.of(`rows ${what}, read and written down`, async () => {
      id = await lists.take(action, made);
    });
    await phases.of(`rows ${what}, looked at`, () => lists.isIn(id, 'validated'));
    await phases.of(`rows ${what}, recorded`, async () => {
      await lists.move(id, 'start-batch');
      await lists.hasApplied(id, rows);
    });
  }
  clearInterval(watch);
  report.add({ name: `batches of ${rows}: memory over idle`, value: (most - idle) / 2 ** 20, unit: 'MiB' });
  await lists.close();
  await world.stop();
}

/** What a step costs: rows in a second, and processor time of whoever takes part in it. */
class Phases {
  private readonly parts: [string, () => number][];

  constructor(
    { servers }: World,
    worker: WorkerProcess,
    private readonly rows: number,
    private readonly report: Report,
  ) {
    this.parts = [
      ['the reader', ownSeconds],
      ['the worker', () => processorSeconds(worker.pid)],
      ['Postgres', () => processorSeconds(servers.postgres.pid)],
    ];
  }

  async of(name: string, step: () => Promise<void>): Promise<void> {
    const before = this.parts.map(([, used]) => used());
    const began = performance.now();
    await step();
    const value = (this.rows * 1_000) / (performance.now() - began);
    this.report.add({ name, value, unit: 'rows/s' });
    for (const [index, [part, used]] of this.parts.entries())
      this.report.add({
        name: `  processor time of ${part}`,
        value: ((used() - (before[index] ?? 0)) * 1_000_000) / this.rows,
        unit: 'µs/row',
      });
  }
}
