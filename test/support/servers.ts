import { chmodSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startPostgres } from '../../apps/local/src/embedded/postgres.js';
import { atEnd } from './at-end.js';
import { plantSeed } from './postgres.seed.js';
import { runFolder } from './run-folder.js';
import { startRedis } from './redis.js';

/** A server that a test may stop, kill and start again; port and data stay the same. It ends with the file of tests. */
export interface OwnServer {
  readonly port: number;
  /** Lets it finish; nothing is lost. */
  stop(): Promise<void>;
  /** kill -9. Returns when the process is gone. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** SIGSTOP for all of its processes: whoever connects finds the port open and hears nothing. */
  freeze(): void;
  thaw(): void;
}

export interface OwnPostgres extends OwnServer {
  url(database: string): string;
  createDatabase(name: string, template?: string): Promise<void>;
}

/**
 * A durable Postgres for one test file, with nothing but the run's template: what it committed outlives `kill()`.
 * @param dataDirectory default: in a folder of the run.
 */
export async function ownPostgres(dataDirectory = join(ownFolder('postgres'), 'data')): Promise<OwnPostgres> {
  plantSeed(runFolder(), dataDirectory);
  let server = await startPostgres({ dataDirectory });
  const thaw = () => signalAll(server.pid, 'SIGCONT');
  atEnd(() => {
    thaw();
    return server.stop();
  });
  const { port } = server;
  return {
    port,
    freeze: () => signalAll(server.pid, 'SIGSTOP'),
    thaw,
    url: (database) => server.url(database),
    createDatabase: (name, template) => server.createDatabase(name, template),
    stop: () => server.stop(),
    kill: async () => {
      server.kill();
      while (isAlive(server.pid)) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    start: async () => {
      server = await startPostgres({ dataDirectory, port });
    },
  };
}

export interface OwnRedis extends OwnServer {
  readonly url: string;
}

/** How to start a Redis of one's own. */
export interface OwnRedisOptions {
  /** Writes every command to disk before it answers, so that `kill()` loses nothing. Default false: it forgets all. */
  appendOnly?: boolean;
  /** Default: a folder of the run. */
  dir?: string;
  /** Settings that differ from a test's defaults, by their names in redis.conf. */
  settings?: Record<string, string>;
}

/** A Redis or Valkey for one test file. Throws where none is installed: ask `queueBackends()` first. */
export async function ownRedis(options: OwnRedisOptions = {}): Promise<OwnRedis> {
  const directory = options.dir ?? ownFolder('redis');
  const { appendOnly, settings } = options;
  let server = await startRedis({ directory, appendOnly, settings });
  const thaw = () => signalAll(server.pid, 'SIGCONT');
  atEnd(() => {
    thaw();
    return server.stop();
  });
  const { port, url } = server;
  return {
    port,
    url,
    freeze: () => signalAll(server.pid, 'SIGSTOP'),
    thaw,
    stop: () => server.stop(),
    kill: () => server.kill(),
    start: async () => {
      server = await startRedis({ directory, appendOnly, settings, port });
    },
  };
}

/** One of the two stores that BullMQ can keep its jobs in. */
export interface QueueBackend {
  name: 'redis' | 'postgres';
  /** Address of an empty Redis database of one's own; undefined for Postgres, which keeps jobs beside the rows. */
  redisUrl(): Promise<string | undefined>;
}

/** Both backends, for `describe.each`; only Postgres where no Redis was found (the closing line says so). */
export function queueBackends(): QueueBackend[] {
  const postgres: QueueBackend = { name: 'postgres', redisUrl: () => Promise.resolve(undefined) };
  if (!process.env.TEST_REDIS_URL) return [postgres];
  return [postgres, { name: 'redis', redisUrl: freshRedis }];
}

/** A numbered database of the run's Redis that nobody had before: files that run side by side do not share queues. */
export async function freshRedis(): Promise<string> {
  const base = process.env.TEST_REDIS_URL ?? '';
  const redis = new Redis(base);
  try {
    return `${base}/${await redis.incr('databases given out')}`;
  } finally {
    redis.disconnect();
  }
}

/** A folder of the run that other users may look into. */
export function ownFolder(kind: string): string {
  const folder = mkdtempSync(join(runFolder(), `${kind}-`));
  // mkdtemp makes it private, and as root Postgres runs as another user.
  chmodSync(folder, 0o755);
  return folder;
}

/** To a process and those that it has started; to none where it has ended. */
function signalAll(pid: number, signal: 'SIGSTOP' | 'SIGCONT'): void {
  if (!isAlive(pid)) return;
  // It first: while it is stopped it starts no more.
  process.kill(pid, signal);
  const started = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  // One that went on may have ended some of them meanwhile.
  for (const child of started.split(' ').filter(Boolean)) send(Number(child), signal);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
