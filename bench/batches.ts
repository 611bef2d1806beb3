import { setTimeout as delay } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { BatchService, csvRows, OperateModule, textOf } from '#libs/notifications/index.js';
import { PlatformModule, readSettings } from '#libs/platform/index.js';
import { idsOf, manyFailed, manyFailedWithoutAddress } from '../test/support/batch.lists.js';
import { submitted } from '../test/support/make.js';
import { percentile, type Report } from './figure.js';
import { World, type Backend, type Servers } from './world.js';

const ACTING = { actor: 'bench', reason: 'to measure' };
/** Mails of the batch beside which an urgent mail has to go its way. */
const BESIDE = 20_000;
/** Urgent mails, and milliseconds between two. */
const URGENT = 200;
const APART = 50;

/**
 * How fast a list is read, looked at and recorded by one worker; and what an urgent mail waits while a batch runs, beside what it
 * waits while nothing does.
 */
export async function batches(
  servers: Servers,
  backend: Backend,
  rows: number,
  report: Report,
): Promise<void> {
  const world = await World.make(servers, backend);
  const settings = { BATCH_APPROVAL_ABOVE: '5000000', BATCH_STOP_AT: '1000' };
  const [worker] = await world.startWorkers(1, { settings: { ...settings, BATCH_ON_THE_WAY: '5000000' } });
  const app = await NestFactory.createApplicationContext(
    {
      module: class Bench {},
      imports: [PlatformModule.with(readSettings({ ...world.environment, ...settings })), OperateModule],
    },
    { logger: ['error'] },
  );
  const batch = new Bench(world, app.get(BatchService), report);

  const ids = await manyFailedWithoutAddress(world, rows);
  const idle = worker?.memory() ?? 0;
  let most = idle;
  const watch = setInterval(() => (most = Math.max(most, worker?.memory() ?? 0)), 100);
  const id = await batch.read(ids);
  await batch.lookedAt(id, rows);
  await batch.start(id);
  await batch.recorded(id, rows);
  clearInterval(watch);
  report.add({ name: `a batch of ${rows}: memory over idle`, value: (most - idle) / 2 ** 20, unit: 'MiB' });
  while ((await batch.mailsLeft(id)) > 0) await delay(500);
  await world.stopWorkers();

  await world.startWorkers(1, { settings });
  const alone = await batch.urgentWaits();
  const large = await batch.read(idsOf(await manyFailed(world, BESIDE)));
  await batch.lookedAt(large);
  await batch.start(large);
  while ((await servers.sink.count()) < URGENT + 500) await delay(50);
  const beside = await batch.urgentWaits();
  const isRunning = (await batch.mailsLeft(large)) > 0;
  const name = `an urgent mail beside a batch${isRunning ? '' : ' that ended too soon'}`;
  for (const share of [0.5, 0.95]) {
    const [value, other] = [percentile(beside, share), percentile(alone, share)];
    report.add({
      name: `${name}, p${share * 100}`,
      value,
      unit: 'ms',
      against: 'without',
      ratio: value / other,
    });
  }
  await app.close();
  await world.stop();
}

class Bench {
  constructor(
    private readonly world: World,
    private readonly service: BatchService,
    private readonly report: Report,
  ) {}

  /** Writes down a list that comes as CSV. */
  async read(ids: string[]): Promise<string> {
    const began = performance.now();
    const rows = csvRows(await textOf(csvOf(ids)), { kind: 'taxReturnId' });
    const id = await this.service.take({ action: 'error-resolved' }, 'terminal', rows, ACTING);
    this.rate('rows read and written down', ids.length, performance.now() - began);
    return id;
  }

  async lookedAt(id: string, rows?: number): Promise<void> {
    const began = performance.now();
    await this.until(id, 'validated');
    if (rows) this.rate('rows looked at', rows, performance.now() - began);
  }

  start(id: string): Promise<void> {
    return this.service.move(id, 'start-batch', ACTING);
  }

  async recorded(id: string, rows: number): Promise<void> {
    await this.until(id, 'finished');
    const [row] = await this.world.sql<{ ms: number }>(
      'SELECT (extract(epoch FROM ended_at - started_at) * 1000)::float8 AS ms FROM batches WHERE id = $1',
      [id],
    );
    this.rate('rows recorded, while their mails settle', rows, row?.ms ?? Number.NaN);
  }

  /** Milliseconds from a message being in its queue to the relay's "taken". */
  async urgentWaits(): Promise<number[]> {
    const { sink } = this.world.servers;
    const owners = await this.world.returns(URGENT);
    const put = new Map<string, number>();
    for (const owner of owners) {
      put.set(owner.email, Date.now());
      this.world.put([submitted(owner)]);
      await delay(APART);
    }
    for (;;) {
      const arrived = (await sink.arrivals()).filter(([address]) => put.has(address));
      if (arrived.length >= URGENT)
        return arrived.map(([address, at]) => at - (put.get(address) ?? Number.NaN));
      await delay(200);
    }
  }

  async mailsLeft(id: string): Promise<number> {
    const [row] = await this.world.sql<{ left: number }>(
      `SELECT count(*)::int AS left FROM batch_rows r LEFT JOIN notifications n ON n.id = r.notification_id
       WHERE r.batch_id = $1 AND (r.outcome = 'ready' OR n.settled_at IS NULL AND n.id IS NOT NULL)`,
      [id],
    );
    return row?.left ?? 0;
  }

  private async until(id: string, state: string): Promise<void> {
    const isSo = async () =>
      (await this.world.sql<{ state: string }>('SELECT state FROM batches WHERE id = $1', [id]))[0]?.state ===
      state;
    while (!(await isSo())) await delay(50);
  }

  private rate(name: string, rows: number, ms: number): void {
    this.report.add({ name: `a batch of ${rows}: ${name}`, value: (rows * 1_000) / ms, unit: 'rows/s' });
  }
}

async function* csvOf(ids: string[]): AsyncGenerator<Uint8Array> {
  yield Buffer.from('taxReturnId,message\r\n');
  for (let from = 0; from < ids.length; from += 1_000)
    yield await Promise.resolve(
      Buffer.from(
        ids
          .slice(from, from + 1_000)
          .map((id) => `"${id}","it failed"\r\n`)
          .join(''),
      ),
    );
}
