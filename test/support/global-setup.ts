/**
 * Real services, once for the whole run, on free ports: Postgres with a migrated template database, an SQS emulator, and
 * Redis or Valkey where the machine has one. The workers find them, and the machine's browser, through the environment.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres } from '#apps/local/src/embedded/postgres.js';
import { startSqs } from '#apps/local/src/embedded/sqs.js';
import { applyMigrations, prepareQueueSchema } from '#libs/platform/index.js';
import { addressesInLogs } from './address.scan.js';
import { findChromium, findPrometheus, findPromtool } from './find-program.js';
import { keepSeed, TEMPLATE } from './postgres.seed.js';
import { findRedis, startRedis } from './redis.js';
import { endServers, keptFile, makeRunFolder, sweepOldRuns } from './run-folder.js';

type Stop = () => Promise<void>;

/** @returns what ends all of it. */
export default async function globalSetup(): Promise<Stop> {
  sweepOldRuns();
  const folder = makeRunFolder();
  // Ctrl-C ends the run without a teardown.
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.once(signal, () => {
      endServers(folder);
      process.exit(code);
    });
  }
  const stops: Stop[] = [];
  try {
    await Promise.all([postgres(folder, stops), sqs(stops), redis(folder, stops)]);
  } catch (error) {
    await Promise.allSettled(stops.map((stop) => stop()));
    throw error;
  }
  process.env.TEST_LOG_DIR = folder;
  process.env.TEST_CHROMIUM = findChromium() ?? '';
  process.env.TEST_PROMETHEUS = findPrometheus() ?? '';
  process.env.TEST_PROMTOOL = findPromtool() ?? '';
  return () => tearDown(folder, stops);
}

/** Stops all that was started here and all that tests forgot. Whatever this throws, the runner takes no notice. */
async function tearDown(folder: string, stops: Stop[]): Promise<void> {
  await Promise.allSettled(stops.map((stop) => stop()));
  endServers(folder);
  sayWhatLeaked(folder);
  if (!existsSync(keptFile(folder))) rmSync(folder, { recursive: true, force: true });
}

/** The reporter has looked through the logs, but for what the servers wrote as they ended. */
function sayWhatLeaked(folder: string): void {
  const addresses = existsSync(keptFile(folder)) ? [] : addressesInLogs(folder);
  if (addresses.length === 0) return;
  writeFileSync(keptFile(folder), '');
  console.error(`E-mail addresses stand in plain text in ${folder}:\n${addresses.join('\n')}`);
  process.exitCode = 1;
}

async function postgres(folder: string, stops: Stop[]): Promise<void> {
  const options = {
    dataDirectory: join(folder, 'postgres'),
    durable: false,
    maxConnections: 300,
    // No file of tests keeps its tables for so long that it pays to tidy them up.
    parameters: { autovacuum: 'off', wal_level: 'minimal', max_wal_senders: '0' },
  };
  const first = await startPostgres(options);
  stops.push(() => first.stop());
  await first.createDatabase(TEMPLATE);
  await applyMigrations(first.url(TEMPLATE), join(import.meta.dirname, '../../prisma/migrations'));
  await prepareQueueSchema(first.url(TEMPLATE));
  await first.stop();
  keepSeed(folder, first.dataDirectory);
  const server = await startPostgres(options);
  stops.push(() => server.stop());
  process.env.TEST_POSTGRES_URL = server.url('postgres');
}

async function sqs(stops: Stop[]): Promise<void> {
  const server = await startSqs();
  stops.push(() => server.stop());
  process.env.TEST_SQS_ENDPOINT = server.endpoint;
}

async function redis(folder: string, stops: Stop[]): Promise<void> {
  process.env.TEST_REDIS_URL = '';
  if (!findRedis()) return;
  // With a log, as it should be in production: without one every process would rightly complain.
  const settings = { appendonly: 'yes', appendfsync: 'no', 'auto-aof-rewrite-percentage': '0' };
  const server = await startRedis({ directory: join(folder, 'redis'), settings });
  stops.push(() => server.stop());
  process.env.TEST_REDIS_URL = server.url;
}
