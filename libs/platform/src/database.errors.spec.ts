import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, type FreshDatabase } from '../../../test/support/database.js';
import { isDatabaseAway, isFaultOfData, isRaceLost } from './database.errors.js';
import { PrismaService } from './prisma.service.js';

let database: FreshDatabase;
let prisma: PrismaService;
const settings = () => ({ DATABASE_URL: database.url, DATABASE_POOL: 2, DATABASE_WAIT: 60_000 });
beforeAll(async () => {
  database = await freshDatabase('database errors');
  prisma = new PrismaService(settings());
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

/** The two ways in which a statement runs on our connections. */
const ways: [string, (sql: string) => Promise<unknown>][] = [
  ['by pg', (sql) => prisma.pool.query(sql)],
  ['by Prisma', (sql) => prisma.$queryRawUnsafe(sql)],
];

const raise = (state: string) => `DO $$ BEGIN RAISE EXCEPTION SQLSTATE '${state}'; END $$`;

describe.each(ways)('an error of a statement %s', (_, run) => {
  const judged = async (sql: string) => {
    const error: unknown = await run(sql).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(Error);
    return { data: isFaultOfData(error), race: isRaceLost(error), away: isDatabaseAway(error) };
  };
  const nothing = { data: false, race: false, away: false };

  it.each([
    ['a NUL in jsonb', `SELECT '"\\u0000"'::jsonb ->> 0`, { ...nothing, data: true }],
    ['half a character in jsonb', `SELECT '"\\ud83d"'::jsonb`, { ...nothing, data: true }],
    ['a value of no enum', `SELECT 'none'::notification_state`, { ...nothing, data: true }],
    ['a broken constraint', raise('23505'), { ...nothing, data: true }],
    ['a deadlock', raise('40P01'), { ...nothing, race: true }],
    ['a serialization failure', raise('40001'), { ...nothing, race: true }],
    ['a server that shuts down', raise('57P01'), { ...nothing, away: true }],
    ['too many connections', raise('53300'), { ...nothing, away: true }],
    ['a server that takes no writes', raise('25006'), { ...nothing, away: true }],
    ['a statement that took too long', raise('57014'), { ...nothing, away: true }],
    ['a disk that fails', raise('58030'), { ...nothing, away: true }],
    ['a full disk', raise('53100'), { ...nothing, away: true }],
    ['a transaction that took too long', raise('25P04'), { ...nothing, away: true }],
    ['an aborted transaction', raise('25P02'), nothing],
    ['an error of ours', 'SELECT nothing', nothing],
  ])('is judged by what Postgres says: %s', async (_what, sql, verdict) => {
    expect(await judged(sql)).toEqual(verdict);
  });

  it('is that of a database that is away when it ends the connection', async () => {
    const verdict = await judged('SELECT pg_terminate_backend(pg_backend_pid())');
    expect(verdict).toEqual({ ...nothing, away: true });
  });
});

describe('a connection of pg that cannot be had', () => {
  const judge = async (one: PrismaService) => {
    const error: unknown = await one.pool.query('SELECT 1').catch((reason: unknown) => reason);
    return isDatabaseAway(error) && !isFaultOfData(error) && !isRaceLost(error);
  };

  it('since nobody listens is that of a database that is away', async () => {
    const one = new PrismaService({ ...settings(), DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' });
    expect(await judge(one)).toBe(true);
    await one.$disconnect();
  });

  it('since the server hangs up at once is that of a database that is away', async () => {
    const server = createServer((socket) => socket.destroy());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const one = new PrismaService({
      ...settings(),
      DATABASE_URL: `postgresql://nobody@127.0.0.1:${port}/none`,
    });
    expect(await judge(one)).toBe(true);
    await one.$disconnect();
    server.close();
  });

  it('since all are in use for too long is that of a database that is away', async () => {
    const one = new PrismaService(settings());
    const clients = [await one.pool.connect(), await one.pool.connect()];
    one.pool.options.connectionTimeoutMillis = 50;
    expect(await judge(one)).toBe(true);
    for (const client of clients) client.release();
    await one.$disconnect();
  });
});

it.each([undefined, null, 'Connection terminated'])('%j is no error of a database', (thrown) => {
  expect([isFaultOfData(thrown), isRaceLost(thrown), isDatabaseAway(thrown)]).toEqual([false, false, false]);
});
