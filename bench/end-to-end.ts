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
  options?: WorkerOptions;
}

const words = ['no', 'one', 'two', 'three', 'four'];

/** From a backlog on SQS to settled deliveries: every message is there before the workers start. Returns mails per second. */
export async function endToEnd(servers: Servers, run: EndToEnd, report: Report): Promise<number> {
  const { backend, processes, mails, ceiling } = run;
  const world = await World.make(servers, backend);
  const { rate, processor, roundTrips } = await settle(world, run);
  await world.stop();
  const name = `end to end, ${words[processes] ?? processes} process${processes > 1 ? 'es' : ''}`;
  const where = backend === 'redis' ? name : `${name}, queue on ${backend}`;
  report.add({
    name: where,
    value: rate,
    unit: 'mails/s',
    against: 'Nodemailer alone',
    ratio: rate / ceiling,
  });
  for (const [part, seconds] of Object.entries(processor))
    report.add({ name: `${where}: CPU of ${part}`, value: (seconds / mails) * 1000, unit: 'ms/mail' });
  report.add({ name: `${where}: round trips to Postgres`, value: roundTrips / mails, unit: 'a mail' });
  return rate;
}

interface Settled {
  /** Mails per second. */
  rate: number;
  /** Seconds of processor time by part. */
  processor: Record<string, number>;
  roundTrips: number;
}

/** Puts the messages, starts the workers, and waits until every mail is settled. */
export async function settle(
  world: World,
  { processes, mails, options }: Pick<EndToEnd, 'processes' | 'mails' | 'options'>,
): Promise<Settled> {
  const { servers } = world;
  await servers.sink.forget();
  const owners = await world.returns(mails);
  await world.put(owners.map(submitted));
  await world.sql('SELECT pg_stat_statements_reset()');
  const pids = {
    postgres: servers.postgres.pid,
    'the relay': servers.sink.pid,
    redis: servers.redis?.pid ?? 0,
  };
  const before = used(pids);
  const workers = await world.startWorkers(processes, options);
  const started = workers.map(({ pid }) => processorSeconds(pid));
  while (!(await allSettled(world, mails))) await delay(200);
  const after = used(pids);
  const inWorkers = workers.map(({ pid }, index) => processorSeconds(pid) - (started[index] ?? 0));
  return {
    rate: await settledPerSecond(world, owners[0]?.taxReturnId ?? ''),
    processor: {
      'the workers': inWorkers.reduce((sum, seconds) => sum + seconds, 0),
      ...Object.fromEntries(
        Object.entries(after).map(([part, seconds]) => [part, seconds - (before[part] ?? 0)]),
      ),
    },
    roundTrips: await statements(world),
  };
}

function used(pids: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(pids)
      .filter(([, pid]) => pid > 0)
      .map(([part, pid]) => [part, processorSeconds(pid)]),
  );
}

async function allSettled(world: World, mails: number): Promise<boolean> {
  if ((await world.servers.sink.count()) < mails) return false;
  const [row] = await world.sql<{ open: number }>(
    `SELECT count(*)::int AS open FROM notifications WHERE state IN ('queued', 'sending')`,
  );
  return row?.open === 0;
}

/** From the first commit of this run to its last settle, by the clock of Postgres. */
async function settledPerSecond(world: World, since: string): Promise<number> {
  const [row] = await world.sql<{ rate: number }>(
    `SELECT (count(*) / extract(epoch FROM max(settled_at) - min(requested_at)))::float8 AS rate
     FROM notifications WHERE requested_at >= (SELECT registered_at FROM tax_returns WHERE id = $1)`,
    [since],
  );
  return row?.rate ?? Number.NaN;
}

/** Of the workers, beginnings and ends of transactions included. */
async function statements(world: World): Promise<number> {
  const [row] = await world.sql<{ calls: number }>(
    `SELECT sum(calls)::float8 AS calls FROM pg_stat_statements s
     JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = current_database()`,
  );
  return row?.calls ?? Number.NaN;
}
