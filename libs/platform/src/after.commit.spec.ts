import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, type FreshDatabase } from '../../../test/support/database.js';
import { afterCommit } from './after.commit.js';
import { Prepared } from './prepared.js';
import type { Session } from './prepared.js';
import { PrismaService } from './prisma.service.js';
import type { InTransaction } from './prisma.service.js';

let database: FreshDatabase;
let prisma: PrismaService;
beforeAll(async () => {
  database = await freshDatabase('after commit');
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
const register = (session: Session) => REGISTER.run(session, randomUUID());

describe.each<[string, <T>(work: (tx: InTransaction) => Promise<T>, lost?: new () => Error) => Promise<T>]>([
  ["Prisma's", (work, lost) => prisma.retrying(work, lost)],
  ['prepared statements', (work, lost) => prisma.retryingPrepared(work, lost)],
])('what is asked for in a transaction of %s', (_whose, transact) => {
  it('is done when everybody sees what was committed, and before the caller goes on', async () => {
    const id = randomUUID();
    const seen: boolean[] = [];
    await transact(async (tx) => {
      afterCommit(tx, async () => {
        seen.push((await prisma.taxReturn.count({ where: { id } })) === 1);
      });
      await REGISTER.run(tx, id);
    });
    expect(seen).toEqual([true]);
  });

  it('is not done when the transaction is taken back, and once when it ran twice', async () => {
    class Lost extends Error {}
    const done: number[] = [];
    let runs = 0;
    const work = async (tx: InTransaction) => {
      const run = (runs += 1);
      afterCommit(tx, () => void done.push(run));
      await register(tx);
      if (run === 1) throw new Lost();
      if (run === 3) throw new Error('a bad hour');
    };
    await transact(work, Lost);
    await expect(transact(work)).rejects.toThrow('a bad hour');
    expect(done).toEqual([2]);
  });

  it('is forgotten with the part that asked for it, and no other is', async () => {
    const done: string[] = [];
    await transact(async (tx) => {
      afterCommit(tx, () => void done.push('before'));
      const part = async () => {
        afterCommit(tx, () => void done.push('in the part'));
        await REGISTER.run(tx, 'no id');
      };
      await prisma.apart(tx, part).catch(() => undefined);
      afterCommit(tx, () => void done.push('after'));
      await register(tx);
    });
    expect(done).toEqual(['before', 'after']);
  });

  it('may fail: the transaction is committed all the same, and whatever else was asked for is done', async () => {
    const done: string[] = [];
    const answer = await transact(async (tx) => {
      afterCommit(tx, () => Promise.reject(new Error('nobody listens')));
      afterCommit(tx, () => void done.push('second'));
      await register(tx);
      return 'committed';
    });
    expect([answer, done]).toEqual(['committed', ['second']]);
  });

  it('never is the next transaction’s, on the same connection', async () => {
    const done: string[] = [];
    await transact(async (tx) => {
      afterCommit(tx, () => void done.push('first'));
      await register(tx);
    });
    for (let other = 0; other < 3; other += 1) await transact(register);
    expect(done).toEqual(['first']);
  });
});

it('outside of such a transaction it is refused: nobody would hear of the commit', async () => {
  expect(() => afterCommit(prisma.pool, () => undefined)).toThrow('retrying');
  await expect(
    prisma.$transaction((tx) => Promise.resolve(afterCommit(tx, () => undefined))),
  ).rejects.toThrow('retrying');
});

it('a dry run tells nobody', async () => {
  const done: string[] = [];
  await prisma.rehearsing(async (tx) => {
    afterCommit(tx, () => void done.push('told'));
    await register(tx);
  });
  expect(done).toEqual([]);
});
