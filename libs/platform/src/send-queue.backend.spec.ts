import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import { freshDatabase, type FreshDatabase } from '../../../test/support/database.js';
import { endPool, openClients } from './pool.js';
import { connectSendQueue } from './send-queue.backend.js';
import type { SettingsWithoutRelay } from './settings.js';

let database: FreshDatabase;
let observer: pg.Client;
beforeAll(async () => {
  database = await freshDatabase('send-queue-backend');
  observer = new pg.Client({ connectionString: database.url });
  await observer.connect();
});
afterAll(async () => {
  await observer.end();
  await database.drop();
});

/** The process of Postgres that serves the one connection of a pool. */
async function servantOf(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  if (!rows[0]) throw new Error('Postgres did not say who serves');
  return rows[0].pid;
}

/** A pool whose server does not hang up until it is let go on. */
async function heldUp() {
  const pool = new pg.Pool({ connectionString: database.url });
  const open = openClients(pool);
  const pid = await servantOf(pool);
  process.kill(pid, 'SIGSTOP');
  return { pool, open, pid, goOn: () => process.kill(pid, 'SIGCONT') };
}

describe('a pool that ends', () => {
  it('has ended only when Postgres has hung up, so that a server that stops next has nobody to tell', async () => {
    const { pool, open, pid, goOn } = await heldUp();
    let isEnded = false;
    const ended = endPool(pool, open, 600_000).then(() => (isEnded = true));
    try {
      await observer.query('SELECT 1');
      expect(isEnded).toBe(false);
    } finally {
      goOn();
    }
    await ended;
    const { rows } = await observer.query('SELECT FROM pg_stat_activity WHERE pid = $1', [pid]);
    expect(rows).toEqual([]);
  });

  it('ends all the same where the server breaks off instead of hanging up', async () => {
    const { pool, open, goOn } = await heldUp();
    pool.on('error', () => undefined);
    const ended = endPool(pool, open, 600_000);
    // When the pool has said good-bye, and waits.
    await observer.query('SELECT 1');
    const [client] = open;
    if (client) pool.emit('error', new Error('terminating connection due to administrator command'), client);
    goOn();
    await ended;
    expect(open.size).toBe(0);
  });

  it('waits for no server that has gone without a word', async () => {
    const { pool, open, goOn } = await heldUp();
    await endPool(pool, open, 1);
    expect(open.size).toBe(1);
    goOn();
  });
});

it('hands on an error of a lost connection without the connection', async () => {
  const backend = connectSendQueue({ DATABASE_URL: database.url } as SettingsWithoutRelay);
  const pool = backend.options.connection as pg.Pool;
  const pid = await servantOf(pool);
  const heard = new Promise<Error>((resolve) => pool.on('error', resolve));
  await observer.query('SELECT pg_terminate_backend($1)', [pid]);
  expect(await heard).not.toHaveProperty('client');
  await backend.close();
});
