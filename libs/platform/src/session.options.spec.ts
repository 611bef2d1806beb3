import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, type FreshDatabase } from '../../../test/support/database.js';
import { PrismaService } from './prisma.service.js';

let database: FreshDatabase;
const opened: PrismaService[] = [];
beforeAll(async () => {
  database = await freshDatabase('session options');
});
afterAll(async () => {
  await Promise.all(opened.map((one) => one.$disconnect()));
  await database.drop();
});

function connect(query = ''): PrismaService {
  const DATABASE_URL = `${database.url}${query}`;
  const one = new PrismaService({ DATABASE_URL, DATABASE_POOL: 2, DATABASE_WAIT: 60_000 });
  opened.push(one);
  return one;
}

async function shown(one: PrismaService, setting: string): Promise<unknown> {
  const { rows } = await one.pool.query<Record<string, unknown>>(`SHOW ${setting}`);
  return Object.values(rows[0] ?? {})[0];
}

describe('a session of ours', () => {
  it('reads by index what has one', async () => {
    expect(await shown(connect(), 'enable_seqscan')).toBe('off');
  });

  it('is as the address of the database asks for beyond that', async () => {
    const one = connect('?options=-c%20work_mem%3D8MB%20-c%20jit%3Don&application_name=theirs');
    expect(await shown(one, 'work_mem')).toBe('8MB');
    expect(await shown(one, 'jit')).toBe('on');
    expect(await shown(one, 'application_name')).toBe('theirs');
    expect(await shown(one, 'enable_seqscan')).toBe('off');
  });

  it('knows what time it is on a server that lives in another zone, whichever way it is asked', async () => {
    const one = connect();
    await one.pool.query(`ALTER DATABASE ${database.name} SET TimeZone = 'America/New_York'`);
    const other = connect();
    const at = new Date('2026-07-08T09:10:11.121Z');
    await other.idempotentCall.create({
      data: { id: 'a', bodyHash: 'b', token: crypto.randomUUID(), leaseUntil: at, begunAt: at },
    });
    const sql = `SELECT begun_at AS at, begun_at::text AS text FROM idempotent_calls`;
    const expected = [{ at, text: '2026-07-08 09:10:11.121+00' }];
    expect((await other.pool.query(sql)).rows).toEqual(expected);
    expect(await other.$queryRawUnsafe(sql)).toEqual(expected);
  });
});
