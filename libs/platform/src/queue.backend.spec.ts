import { afterAll, beforeAll, expect, it } from 'vitest';
import pg from 'pg';
import { freshDatabase, type FreshDatabase } from '../../../test/support/database.js';
import { connectQueueBackend } from './queue.backend.js';
import type { SettingsWithoutRelay } from './settings.js';

let database: FreshDatabase;
let observer: pg.Client;
beforeAll(async () => {
  database = await freshDatabase('queue-backend');
  observer = new pg.Client({ connectionString: database.url });
  await observer.connect();
});
afterAll(async () => {
  await observer.end();
  await database.drop();
});

/** The send queue in Postgres, its pool, and the process of Postgres that serves its one connection. */
async function connected() {
  const backend = connectQueueBackend({ DATABASE_URL: database.url } as SettingsWithoutRelay);
  const pool = backend.options.connection as pg.Pool;
  const { rows } = await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return { backend, pool, pid: rows[0]?.pid ?? 0 };
}

it('is closed only when Postgres has hung up, so that a server that stops next has nobody to tell', async () => {
  const { backend, pid } = await connected();
  let isClosed = false;
  process.kill(pid, 'SIGSTOP');
  const closed = backend.close().then(() => (isClosed = true));
  try {
    await observer.query('SELECT 1');
    expect(isClosed).toBe(false);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await closed;
  const { rows } = await observer.query('SELECT FROM pg_stat_activity WHERE pid = $1', [pid]);
  expect(rows).toEqual([]);
});

it('hands on an error of a lost connection without the connection', async () => {
  const { backend, pool, pid } = await connected();
  const heard = new Promise<Error>((resolve) => pool.on('error', resolve));
  await observer.query('SELECT pg_terminate_backend($1)', [pid]);
  expect(await heard).not.toHaveProperty('client');
  await backend.close();
});
