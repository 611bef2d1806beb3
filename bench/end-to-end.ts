import { setTimeout as delay } from 'node:timers/promises';
import { submitted } from '../test/support/make.js';
import type { WorkerOptions } from '../test/support/worker.process.js';
import type { Report } from './figure.js';
import { meanOf, nodemailerAlone, type Ceiling } from './nodemailer.alone.js';
import { ownSeconds, processorSeconds } from './processor.time.js';
import { World, type Backend, type Servers } from './world.js';

export interface EndToEnd {
  backend: Backend;
  processes: number;
  mails: number;
  options?: WorkerOptions;
}

/** Parts whose time the service spends. Redis only where the queue is in it. */
const OURS = ['the workers', 'Postgres', 'Redis'];
/** Parts that stand in for other people's servers. The emulator shares its process with the bench. */
const THEIRS = ["the relay's sink", 'the SQS emulator'];

/** Connections that Nodemailer alone has: enough for a relay next door. */
const CONNECTIONS = 10;

/** What a run from a backlog on SQS to settled deliveries came to: every message is there before the workers start. */
export class EndToEndRun {
  private constructor(
    private readonly name: string,
    private readonly mails: number,
    private readonly settled: Settled,
    private readonly alone: Ceiling,
  ) {}

  /** Nodemailer alone has its turn before and after: what others do on the machine changes by the minute. */
  static async of(servers: Servers, run: EndToEnd): Promise<EndToEndRun> {
    const before = await nodemailerAlone(servers.sink, run.mails, CONNECTIONS);
    const world = await World.make(servers, run.backend);
    const settled = await settle(world, run);
    await world.stop();
    const after = await nodemailerAlone(servers.sink, run.mails, CONNECTIONS);
    return new EndToEndRun(nameOf(run), run.mails, settled, meanOf(before, after));
  }

  /** Milliseconds a mail, by part, and how often Nodemailer's own go into them: what holds on a busy machine. */
  reportProcessorTime(report: Report): void {
    const { processor } = this.settled;
    const line = (part: string, value: number) => {
      const compared = { against: 'Nodemailer alone', ratio: value / this.alone.processor };
      report.add({ name: `${this.name}: CPU ${part}`, value, unit: 'ms/mail', ...compared });
    };
    const ofPart = (part: string) => ((processor[part] ?? 0) / this.mails) * 1000;
    line('in all', (processorSecondsOfOurs(processor) / this.mails) * 1000);
    for (const part of OURS) if (part in processor) line(`of ${part}`, ofPart(part));
    for (const part of THEIRS) line(`of ${part}, not in it`, ofPart(part));
    line('of Nodemailer alone', this.alone.processor);
  }

  reportRate(report: Report): void {
    const { rate, roundTrips } = this.settled;
    const compared = { against: 'Nodemailer alone', ratio: rate / this.alone.rate };
    report.add({ name: this.name, value: rate, unit: 'mails/s', ...compared });
    report.add({ name: `${this.name}: Nodemailer alone`, value: this.alone.rate, unit: 'mails/s' });
    const each = roundTrips / this.mails;
    report.add({ name: `${this.name}: round trips to Postgres`, value: each, unit: 'a mail' });
  }
}

const words = ['no', 'one', 'two', 'three', 'four'];

function nameOf({ backend, processes }: EndToEnd): string {
  const name = `end to end, ${words[processes] ?? processes} process${processes > 1 ? 'es' : ''}`;
  return backend === 'redis' ? name : `${name}, queue on ${backend}`;
}

export interface Settled {
  /** Mails per second. */
  rate: number;
  /** Seconds of processor time by part. */
  processor: Record<string, number>;
  roundTrips: number;
}

/** Seconds of what the service itself spends, of a run's seconds by part. */
export function processorSecondsOfOurs(processor: Settled['processor']): number {
  return OURS.reduce((sum, part) => sum + (processor[part] ?? 0), 0);
}

/** Puts the messages, starts the workers unless some run already, and waits until every mail is settled. Nobody's start is counted. */
export async function settle(
  world: World,
  { processes, mails, options }: Pick<EndToEnd, 'processes' | 'mails' | 'options'>,
): Promise<Settled> {
  const { servers } = world;
  await servers.sink.forget();
  const owners = await world.returns(mails);
  await world.sql('SELECT pg_stat_statements_reset()');
  world.put(owners.map(submitted));
  if (world.workers.length === 0) await world.startWorkers(processes, options);
  const { workers } = world;
  const { postgres, redis, sink } = servers;
  const meters: Meters = {
    'the workers': () => workers.reduce((sum, { pid }) => sum + processorSeconds(pid), 0),
    Postgres: () => processorSeconds(postgres.pid),
    ...(world.backend === 'redis' && redis ? { Redis: () => processorSeconds(redis.pid) } : {}),
    "the relay's sink": () => processorSeconds(sink.pid),
    'the SQS emulator': ownSeconds,
  };
  const before = read(meters);
  while (!(await allSettled(world, mails))) await delay(200);
  const after = read(meters);
  return {
    rate: await settledPerSecond(world, owners[0]?.taxReturnId ?? ''),
    processor: Object.fromEntries(
      Object.entries(after).map(([part, seconds]) => [part, seconds - (before[part] ?? 0)]),
    ),
    roundTrips: await statements(world),
  };
}

/** Seconds of processor time that each part has used so far. */
type Meters = Record<string, () => number>;

function read(meters: Meters): Record<string, number> {
  return Object.fromEntries(Object.entries(meters).map(([part, seconds]) => [part, seconds()]));
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
