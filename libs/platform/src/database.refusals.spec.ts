import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freshDatabase, type FreshDatabase } from '../../../test/support/database.js';
import { takingApart, unlessRefused } from './database.refusals.js';
import { PrismaService } from './prisma.service.js';
import type { Transaction } from './prisma.service.js';

let database: FreshDatabase;
let prisma: PrismaService;
beforeAll(async () => {
  database = await freshDatabase('database refusals');
  prisma = new PrismaService({ DATABASE_URL: database.url, DATABASE_POOL: 2, DATABASE_WAIT: 60_000 });
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

/** Postgres takes a NUL in no text. */
const bad = (name: string) => `${name}\u0000`;

async function insert(tx: Transaction, versions: string[]): Promise<string[]> {
  await tx.templateVersion.createMany({
    data: versions.map((version) => ({ version, template: 'a', language: 'en', source: {} })),
  });
  return versions.map((version) => `${version} is stored`);
}

async function stored(prefix: string): Promise<string[]> {
  const rows = await prisma.templateVersion.findMany({ where: { version: { startsWith: prefix } } });
  return rows.map(({ version }) => version).sort();
}

const refused = (version: string) => `${version.replace('\u0000', '')} is refused`;

describe('items that are stored together', () => {
  it('go in one go when the database takes them', async () => {
    const store = vi.fn((some: string[]) => prisma.retrying((tx) => insert(tx, some)));
    expect(await takingApart(['good-1', 'good-2'], store, refused)).toEqual([
      'good-1 is stored',
      'good-2 is stored',
    ]);
    expect(store.mock.calls).toEqual([[['good-1', 'good-2']]]);
  });

  it('are taken apart when it refuses one: its neighbours are stored, and each is answered in its place', async () => {
    const store = vi.fn((some: string[]) => prisma.retrying((tx) => insert(tx, some)));
    expect(await takingApart(['mixed-1', bad('mixed-2'), 'mixed-3'], store, refused)).toEqual([
      'mixed-1 is stored',
      'mixed-2 is refused',
      'mixed-3 is stored',
    ]);
    expect(store.mock.calls.map(([some]) => some.length)).toEqual([3, 1, 1, 1]);
    expect(await stored('mixed')).toEqual(['mixed-1', 'mixed-3']);
  });

  it('are taken apart within a transaction that goes on', async () => {
    const answers = await prisma.$transaction((tx) =>
      takingApart(
        ['within-1', bad('within-2'), 'within-3'],
        (some) => prisma.apart(tx, () => insert(tx, some)),
        refused,
      ),
    );
    expect(answers).toEqual(['within-1 is stored', 'within-2 is refused', 'within-3 is stored']);
    expect(await stored('within')).toEqual(['within-1', 'within-3']);
  });

  it('are not blamed for a database that goes away', async () => {
    const whenRefused = vi.fn(refused);
    const store = (some: string[]) =>
      prisma.$transaction(async (tx) => {
        await tx.$queryRaw`SELECT pg_terminate_backend(pg_backend_pid())`;
        return insert(tx, some);
      });
    await expect(takingApart(['away-1', 'away-2'], store, whenRefused)).rejects.toThrow();
    expect(whenRefused).not.toHaveBeenCalled();
    expect(await stored('away')).toEqual([]);
  });
});

it('one that is refused alone is answered with why; what is not its fault is thrown', async () => {
  const one = (version: string) => unlessRefused<unknown>(() => insert(prisma, [version]), String);
  expect(await one(bad('alone'))).toMatch(/invalid byte sequence|null/i);
  await expect(unlessRefused(() => Promise.reject(new Error('a bad hour')), String)).rejects.toThrow(
    'a bad hour',
  );
});
