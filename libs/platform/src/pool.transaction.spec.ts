import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, type FreshDatabase } from '../../../test/support/database.js';
import { Prepared } from './prepared.js';
import type { Session } from './prepared.js';
import { PrismaService } from './prisma.service.js';

let database: FreshDatabase;
let prisma: PrismaService;
beforeAll(async () => {
  database = await freshDatabase('pool transaction');
  prisma = new PrismaService({ DATABASE_URL: database.url, DATABASE_POOL: 2, DATABASE_WAIT: 60_000 });
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

const REGISTER = new Prepared<[id: string], never>(
  'register',
  'INSERT INTO tax_returns (id) VALUES ($1::uuid)',
);
const RAISE = `DO $$ BEGIN RAISE EXCEPTION SQLSTATE '40001'; END $$`;

const isThere = async (id: string) => (await prisma.taxReturn.count({ where: { id } })) === 1;

describe('a transaction of prepared statements', () => {
  it('is there when it returns, and brings what the work brings', async () => {
    const id = randomUUID();
    const work = (session: Session) => REGISTER.run(session, id).then(() => 'done');
    expect(await prisma.retryingPrepared(work)).toBe('done');
    expect(await isThere(id)).toBe(true);
  });

  it('leaves nothing behind when the work throws', async () => {
    const id = randomUUID();
    const work = async (session: Session) => {
      await REGISTER.run(session, id);
      throw new Error('a bad hour');
    };
    await expect(prisma.retryingPrepared(work)).rejects.toThrow('a bad hour');
    expect(await isThere(id)).toBe(false);
  });

  it('runs again when it lost a race, or whatever the caller counts as one', async () => {
    class Lost extends Error {}
    const id = randomUUID();
    let runs = 0;
    const done = await prisma.retryingPrepared(async (session) => {
      runs += 1;
      await REGISTER.run(session, id);
      if (runs === 1) await session.query(RAISE);
      if (runs === 2) throw new Lost();
      return runs;
    }, Lost);
    expect(done).toBe(3);
    expect(await isThere(id)).toBe(true);
  });

  it('says that nothing is there when the work overlooks that a statement failed', async () => {
    const id = randomUUID();
    const work = async (session: Session) => {
      await REGISTER.run(session, id);
      await REGISTER.run(session, id).catch(() => undefined);
    };
    await expect(prisma.retryingPrepared(work)).rejects.toThrow('taken back');
    expect(await isThere(id)).toBe(false);
  });

  it('takes no connection with it when it breaks', async () => {
    const killed = prisma.retryingPrepared((session) =>
      session.query('SELECT pg_terminate_backend(pg_backend_pid())'),
    );
    await expect(killed).rejects.toThrow();
    const ids = [randomUUID(), randomUUID(), randomUUID()];
    await Promise.all(ids.map((id) => prisma.retryingPrepared((session) => REGISTER.run(session, id))));
    expect(await Promise.all(ids.map(isThere))).toEqual([true, true, true]);
  });
});
