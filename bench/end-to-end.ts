import { setTimeout as delay } from 'node:timers/promises';
import { submitted } from '../test/support/make.js';
import type { WorkerOptions } from '../test/support/worker.process.js';
import type { Report } from './figure.js';
import { processorSeconds } from './processor.time.js';
import { World, type Backend, type Servers } from './world.js';

export interface EndToEnd {
  backend: Backend;
  processes: number;
  mails: number;
  /** Mails per second that Nodemailer alone hands to the same sink. */
  ceiling: number;
  /** Of the workers. */
  options?: WorkerOptions;
}

const words = ['no', 'one', 'two', 'three', 'four'];

/** From a backlog on SQS to settled deliveries: every message is there before the workers start. Returns mails per second. */
export async function endToEnd(servers: Servers, run: EndToEnd, report: Report): Promise<number> {
  const { backend, processes, mails, ceiling, options } = run;
  const world = await World.make(servers, backend);
  await servers.sink.forget();
  await world.put((await world.returns(mails)).map(submitted));
  await world.sql('ANALYZE');
  await world.sql('SELECT pg_stat_statements_reset()');
  const parts = { postgres: servers.postgres.pid, relay: servers.sink.pid, ...redisOf(servers, backend) };
  const before = used(parts);
  const workers = await world.startWorkers(processes, options);
  const started = workers.map((worker) => processorSeconds(worker.pid));
  while (!(await allSettled(world, mails))) await delay(200);
  const after = used(parts);
  const rate = await settledPerSecond(world);
  const inWorkers = workers.reduce(
    (sum, worker, index) => sum + processorSeconds(worker.pid) - (started[index] ?? 0),
    0,
  );
  const trips = await roundTrips(world);
  await world.stop();

  const name = `end to end, ${words[processes] ?? processes} process${processes > 1 ? 'es' : ''}`;
  const suffix = backend === 'redis' ? '' : `, queue on ${backend}`;
  report.add({
    name: name + suffix,
    value: rate,
    unit: 'mails/s',
    against: 'Nodemailer alone',
    ratio: rate / ceiling,
  });
  const perMail = (seconds: number) => (seconds / mails) * 1000;
  report.add({ name: `${name}${suffix}: CPU of the workers`, value: perMail(inWorkers), unit: 'ms/mail' });
  for (const part of Object.keys(parts)) {
    const seconds = (after[part] ?? 0) - (before[part] ?? 0);
    report.add({ name: `${name}${suffix}: CPU of ${part}`, value: perMail(seconds), unit: 'ms/mail' });
  }
  report.add({
    name: `${name}${suffix}: round trips to Postgres`,
    value: trips / mails,
    unit: 'a mail',
  });
  return rate;
}

function redisOf(servers: Servers, backend: Backend): Record<string, number> {
  return backend === 'redis' && servers.redis ? { redis: servers.redis.pid } : {};
}

function used(parts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(parts).map(([part, pid]) => [part, processorSeconds(pid)]));
}

async function allSettled(world: World, mails: number): Promise<boolean> {
  if ((await world.servers.sink.count()) < mails) return false;
  const [row] = await world.sql<{ count: number }>(
    `SELECT count(*)::int AS count FROM notifications WHERE state = 'handed_over'`,
  );
  return row?.count === mails;
}

/** From the first commit to the last settle, by the clock of Postgres. */
async function settledPerSecond(world: World): Promise<number> {
  const [row] = await world.sql<{ rate: number }>(
    `SELECT (count(*) / extract(epoch FROM max(settled_at) - min(requested_at)))::float8 AS rate FROM notifications`,
  );
  return row?.rate ?? Number.NaN;
}

/** Statements of the workers, transactions' beginnings and ends included. */
async function roundTrips(world: World): Promise<number> {
  const [row] = await world.sql<{ calls: number }>(
    `SELECT sum(calls)::float8 AS calls FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = current_database()`,
  );
  return row?.calls ?? Number.NaN;
}
