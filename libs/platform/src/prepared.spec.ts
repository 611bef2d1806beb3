import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, type FreshDatabase } from '../../../test/support/database.js';
import { Prepared } from './prepared.js';
import type { Session } from './prepared.js';
import { PrismaService } from './prisma.service.js';

let database: FreshDatabase;
let prisma: PrismaService;
beforeAll(async () => {
  database = await freshDatabase('prepared');
  prisma = new PrismaService({ DATABASE_URL: database.url, DATABASE_POOL: 2, DATABASE_WAIT: 60_000 });
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

type Values = [
  ids: string[],
  words: (string | null)[],
  document: string,
  at: Date,
  wait: number,
  count: number,
];

const EVERYTHING = new Prepared<Values, Record<string, unknown>>(
  'everything',
  `SELECT $1::uuid[] AS ids, $2::text[] AS words, $3::jsonb AS document, $4::timestamptz(3) AS at, $5::float8 AS wait,
          $6::int AS count, $6::int > 3 AS "isMany", 'queued'::notification_state AS state, NULL::timestamptz AS never`,
);

const ids = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'];
const words = ['a "word", {in} \\ braces', '', null, '🙂', 'NULL'];
const document = { a: [1, 'two', null], ñ: { b: 1.5 } };
const at = new Date('2026-07-08T09:10:11.121Z');

describe('a prepared statement', () => {
  const sessions: [string, (work: (session: Session) => Promise<unknown>) => Promise<unknown>][] = [
    ['on a pool', (work) => work(prisma.pool)],
    ['in a transaction of Prisma', (work) => prisma.$transaction((tx) => work(tx))],
  ];

  it.each(sessions)('gives back %s what it was given', async (_, within) => {
    const rows = await within((session) =>
      EVERYTHING.run(session, ids, words, JSON.stringify(document), at, 0.25, 4),
    );
    expect(rows).toEqual([
      { ids, words, document, at, wait: 0.25, count: 4, isMany: true, state: 'queued', never: null },
    ]);
  });

  it('is parsed once for each connection, however often it runs', async () => {
    const client = await prisma.pool.connect();
    const one = new Prepared<[n: number], { n: number }>('one', 'SELECT $1::int AS n');
    for (const n of [1, 2, 3]) expect(await one.run(client, n)).toEqual([{ n }]);
    const { rows } = await client.query(
      `SELECT (generic_plans + custom_plans)::int AS runs FROM pg_prepared_statements WHERE name = 'one'`,
    );
    client.release();
    expect(rows).toEqual([{ runs: 3 }]);
  });

  it('fails alone: the connection takes the next', async () => {
    const wrong = new Prepared<[word: string], { n: number }>('wrong', 'SELECT $1::text::int AS n');
    await expect(wrong.run(prisma.pool, 'none')).rejects.toThrow('invalid input syntax');
    expect(await wrong.run(prisma.pool, '7')).toEqual([{ n: 7 }]);
  });
});
