/**
 * Real services, once for the whole run, on free ports: Postgres with a migrated template database, an SQS emulator, and
 * Redis or Valkey where the machine has one. The workers find them, and the machine's browser, through the environment.
 */
import { join } from 'node:path';
import { importSource } from '../../tools/typescript-source.mjs';

const TEMPLATE = 'template_return_receipt';

export default async function globalSetup() {
  const { endServers, makeRunFolder, sweepOldRuns } = await importSource('test/support/run-folder.ts');
  sweepOldRuns();
  const folder = makeRunFolder();
  // Ctrl-C ends Jest without a teardown.
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ]) {
    process.once(signal, () => {
      endServers(folder);
      process.exit(code);
    });
  }
  const stops = [];
  globalThis.returnReceiptServices = { folder, stops };
  try {
    await Promise.all([postgres(folder, stops), sqs(stops), redis(folder, stops)]);
  } catch (error) {
    await Promise.allSettled(stops.map((stop) => stop()));
    throw error;
  }
  process.env.TEST_LOG_DIR = folder;
  const { findChromium } = await importSource('test/support/find-program.ts');
  process.env.TEST_CHROMIUM = findChromium() ?? '';
}

async function postgres(folder, stops) {
  const { startPostgres } = await importSource('apps/local/src/embedded/postgres.ts');
  const { applyMigrations, prepareQueueSchema } = await importSource('libs/platform/src/database.migrate.ts');
  const server = await startPostgres({
    dataDirectory: join(folder, 'postgres'),
    durable: false,
    maxConnections: 300,
  });
  stops.push(() => server.stop());
  await server.createDatabase(TEMPLATE);
  await applyMigrations(server.url(TEMPLATE), join(import.meta.dirname, '../../prisma/migrations'));
  await prepareQueueSchema(server.url(TEMPLATE));
  process.env.TEST_POSTGRES_URL = server.url('postgres');
}

async function sqs(stops) {
  const { startSqs } = await importSource('apps/local/src/embedded/sqs.ts');
  const server = await startSqs();
  stops.push(() => server.stop());
  process.env.TEST_SQS_ENDPOINT = server.endpoint;
}

async function redis(folder, stops) {
  const { findRedis, startRedis } = await importSource('test/support/redis.ts');
  process.env.TEST_REDIS_URL = '';
  if (!findRedis()) return;
  // With a log, as it should be in production: without one every process would rightly complain.
  const settings = { appendonly: 'yes', appendfsync: 'no', 'auto-aof-rewrite-percentage': '0' };
  const server = await startRedis({ directory: join(folder, 'redis'), settings });
  stops.push(() => server.stop());
  process.env.TEST_REDIS_URL = server.url;
}
