import { describe, expect, test } from 'vitest';
import { Redis } from 'ioredis';
import pg from 'pg';
import { freshRedis, ownPostgres, ownRedis, queueBackends } from './servers.js';

const hasRedis = queueBackends().some(({ name }) => name === 'redis');

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end().catch(() => undefined);
  }
}

test('a Postgres of one’s own keeps port and committed rows over a kill and over a stop', async () => {
  const postgres = await ownPostgres();
  try {
    await postgres.createDatabase('own');
    const url = postgres.url('own');
    await query(url, 'CREATE TABLE facts AS SELECT 1 AS id');
    await postgres.kill();
    await expect(query(url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
    await postgres.start();
    expect(await query(url, 'SELECT id FROM facts')).toEqual([{ id: 1 }]);
    await postgres.stop();
    await postgres.start();
    expect(await query(url, 'SELECT id FROM facts')).toEqual([{ id: 1 }]);
  } finally {
    await postgres.stop();
  }
});

// Where none is installed the closing line says what did not run.
(hasRedis ? describe : describe.skip)('with a Redis', () => {
  test('one that writes each command to disk keeps port and data over a kill', async () => {
    const server = await ownRedis({ appendOnly: true });
    const redis = new Redis(server.url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
    redis.on('error', () => undefined);
    try {
      await redis.set('fact', 'one');
      await server.kill();
      await server.start();
      expect(await redis.get('fact')).toBe('one');
    } finally {
      redis.disconnect();
      await server.stop();
    }
  });

  test('each file gets a numbered database that nobody else has', async () => {
    const [one, two] = await Promise.all([freshRedis(), freshRedis()]);
    expect(one).not.toBe(two);
    const redis = new Redis(one);
    expect(await redis.dbsize()).toBe(0);
    redis.disconnect();
  });
});
