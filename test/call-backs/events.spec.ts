import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { atEnd } from '../support/at-end.js';
import { eventually } from '../support/eventually.js';
import { aReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';

interface Event {
  cursor: string;
  kind: string;
  taxReturnId: string;
  submissionId: string | null;
  status: string | null;
}
interface Page {
  items: Event[];
  more: boolean;
  nextCursor: string;
  next: string;
}

let stack: Stack;
let sessions: pg.Pool;
beforeAll(async () => {
  stack = await Stack.start('events', { worker: false });
  sessions = new pg.Pool({ connectionString: stack.environment.DATABASE_URL, max: 10 });
  atEnd(() => sessions.end());
});

const page = async (query: string) => (await stack.api<Page>('GET', `/v1/events?${query}`)).body;
const now = async () => (await page('from=now')).nextCursor;

/** Writes an event; its submission is found by its return. */
async function happens(on: pg.PoolClient | pg.Pool, taxReturnId: string, sequence?: string): Promise<string> {
  const source = randomUUID();
  await on.query(
    `INSERT INTO submission_events (sequence, submission_uuid, type, occurrence, source, occurred_at)
     SELECT coalesce($3::int8, nextval('submission_events_sequence_seq')), id, 'error_mef', $2, $2, now() FROM submissions WHERE tax_return_id = $1`,
    [taxReturnId, source, sequence],
  );
  return source;
}

/** The sources of events, by their cursors, as only this test can know them. */
async function sourcesOf(events: Event[]): Promise<string[]> {
  const sequences = events.map(({ cursor }) => Buffer.from(cursor, 'base64url').toString().split('.')[2]);
  const rows = await stack.sql<{ sequence: string; source: string }>(
    'SELECT sequence::text, source FROM submission_events WHERE sequence = ANY($1::int8[])',
    [sequences],
  );
  return sequences.map((sequence) => rows.find((row) => row.sequence === sequence)?.source ?? '');
}

describe('the feed of events', () => {
  it('says of each event what, of which return and how that stands, and leads from page to page', async () => {
    const before = await now();
    const owner = await aReturn(stack);
    const { taxReturnId, submissionId } = owner;
    for (const status of ['submitted', 'accepted'])
      await stack.api('POST', '/v1/submission-status', { taxReturnId, submissionId, status });
    const whole = await eventually(
      async () => {
        const found = await page(`after=${before}`);
        return found.items.length === 3 ? found : undefined;
      },
      { because: 'three events' },
    );
    const about = { taxReturnId, submissionId, status: 'Accepted' };
    expect(whole.items).toMatchObject([
      { kind: 'processing', ...about },
      { kind: 'submitted', ...about },
      { kind: 'accepted', ...about },
    ]);
    expect(Object.keys(whole.items[0] ?? {}).sort()).toEqual([
      'cursor',
      'kind',
      'occurredAt',
      'recordedAt',
      'status',
      'submissionId',
      'taxReturnId',
    ]);
    expect(JSON.stringify(whole)).not.toContain(owner.email);

    const first = await page(`after=${before}&limit=2`);
    expect([first.items, first.more]).toEqual([whole.items.slice(0, 2), true]);
    const { body: second } = await stack.api<Page>('GET', first.next);
    expect([second.items, second.more]).toEqual([whole.items.slice(2), false]);
    expect((await stack.api<Page>('GET', second.next)).body).toMatchObject({
      items: [],
      nextCursor: second.nextCursor,
    });
    expect((await page(`after=${whole.items[1]?.cursor}`)).items).toEqual(whole.items.slice(2));
  });

  it('begins at the first event there is when no cursor is given', async () => {
    await aReturn(stack);
    const [oldest] = await stack.sql<{ tax_return_id: string }>(
      `SELECT s.tax_return_id FROM submission_events e JOIN submissions s ON s.id = e.submission_uuid ORDER BY e.sequence LIMIT 1`,
    );
    const found = await eventually(async () => (await page('limit=1')).items[0], {
      because: 'the first event',
    });
    expect(found.taxReturnId).toBe(oldest?.tax_return_id);
  });

  it('gives nothing that something older can still get in front of, and then both', async () => {
    const { taxReturnId } = await aReturn(stack);
    const start = await now();
    const slow = await sessions.connect();
    await slow.query('BEGIN');
    const first = await happens(slow, taxReturnId);
    const second = await happens(sessions, taxReturnId);
    const [held] = await sourcesOf((await page(`after=${start}`)).items.slice(-1));
    expect(held).not.toBe(second);
    await slow.query('COMMIT');
    slow.release();
    await eventually(
      async () => {
        const sources = await sourcesOf((await page(`after=${start}`)).items);
        return sources.slice(-2).join() === [first, second].join();
      },
      { because: 'both, in the order of their transactions' },
    );
  });

  it('gives an event whose number is lower than one that was given before', async () => {
    const { taxReturnId } = await aReturn(stack);
    const { rows } = await sessions.query<{ nextval: string }>(
      `SELECT nextval('submission_events_sequence_seq')`,
    );
    const start = await now();
    const higher = await happens(sessions, taxReturnId);
    const read = await eventually(
      async () => {
        const found = await page(`after=${start}`);
        return (await sourcesOf(found.items)).includes(higher) ? found : undefined;
      },
      { because: 'the event with the higher number' },
    );
    const lower = await happens(sessions, taxReturnId, rows[0]?.nextval);
    await eventually(
      async () => (await sourcesOf((await page(`after=${read.nextCursor}`)).items)).includes(lower),
      { because: 'the event with the lower number' },
    );
  });

  it('is read whole, each event once, by who follows it while many write, hold and take back', async () => {
    const owners = await Promise.all(Array.from({ length: 3 }, () => aReturn(stack)));
    let cursor = await now();
    const committed = new Set<string>();
    const read: string[] = [];
    let isWriting = true;
    const follow = async () => {
      const found = await page(`after=${cursor}&limit=7`);
      cursor = found.nextCursor;
      read.push(...(await sourcesOf(found.items)));
    };
    const reader = (async () => {
      while (isWriting) await follow();
    })();
    const write = async (seed: number) => {
      for (let round = 0; round < 25; round += 1) {
        const session = await sessions.connect();
        await session.query('BEGIN');
        const made: string[] = [];
        for (let many = 0; many <= (round + seed) % 3; many += 1) {
          if ((round * seed) % 4 === 1) await session.query('SAVEPOINT apart');
          made.push(await happens(session, owners[many]?.taxReturnId ?? ''));
          await sleep(((round * 7 + seed * 13 + many * 5) % 11) * 2);
        }
        const isKept = (round + seed) % 5 > 0;
        await session.query(isKept ? 'COMMIT' : 'ROLLBACK');
        session.release();
        if (isKept) for (const source of made) committed.add(source);
      }
    };
    await Promise.all([1, 2, 3, 4, 5, 6].map(write));
    isWriting = false;
    await reader;
    await eventually(
      async () => {
        await follow();
        const [mine] = [read.filter((source) => committed.has(source))];
        return mine.length >= committed.size;
      },
      { because: 'all that was committed' },
    );
    const mine = read.filter((source) => committed.has(source));
    expect([mine.length, new Set(mine)]).toEqual([committed.size, committed]);
    expect(committed.size).toBeGreaterThan(200);
  });

  it.each([
    ['after=nonsense', 'take `nextCursor`'],
    [`after=${Buffer.from('e.999999999999999.1').toString('base64url')}`, 'is ahead of this database'],
    [`from=now&after=${Buffer.from('e.1.1').toString('base64url')}`, 'one of the two'],
    ['limit=0', ''],
  ])('says what to do about %s', async (query, words) => {
    const { status, body } = await stack.api('GET', `/v1/events?${query}`);
    expect([status, JSON.stringify(body)]).toEqual([422, expect.stringContaining(words)]);
  });
});
