import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import {
  countsWithoutReceipt,
  deliveredOf,
  factsOfDelivery,
  isDuplicate,
  isRemediated,
  OverTimeService,
  ReplayService,
  StandingService,
  standingOf,
  SweepService,
} from '#libs/notifications/index.js';
import { NotificationState, PrismaService } from '#libs/platform/index.js';
import { aReturn } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { sesBounce } from '../support/ses.js';
import { Stack } from '../support/stack.js';
import { factsOf, submissions, write } from '../support/submission.histories.js';
import type { GeneratedSubmission } from '../support/submission.histories.js';

const day = 86_400_000;
const now = new Date('2026-05-03T12:00:00Z');
const boxes = { primary: 3 * day, backup: 21 * day };
const toldBox = 3 * day;
const scopes = ['success', 'in-process', 'failure', 'remediated', 'duplicate'] as const;

let stack: Stack;
let standings: StandingService;
let prisma: PrismaService;
beforeAll(async () => {
  stack = await Stack.start('standing', { worker: false });
  standings = stack.app.get(StandingService);
  prisma = stack.app.get(PrismaService);
});

describe('the way of submissions to the authority', () => {
  it('is the same for one row and for many, each stands in one place, and the sums are the totals', async () => {
    const all: GeneratedSubmission[] = [];
    await fc.assert(
      fc.asyncProperty(submissions([boxes.primary, boxes.backup]), async (generated) => {
        await write(stack, now, generated);
        all.push(...generated);
        const found = await idsByScope();
        const expected = Object.fromEntries(
          scopes.map((scope) => [scope, idsOf(all.filter((one) => isIn(scope, one)))]),
        );
        expect(found).toEqual(expected);
        const everywhere = [...found.success, ...found['in-process'], ...found.failure];
        expect(everywhere.toSorted()).toEqual(idsOf(all));
        expect(await standings.audit(now)).toMatchObject({
          delivered: {
            success: found.success.length,
            'in-process': found['in-process'].length,
            failure: found.failure.length,
            total: all.length,
          },
          remediations: { remediated: found.remediated.length, duplicate: found.duplicate.length },
        });
      }),
      { numRuns: 20, endOnFailure: true },
    );
  });

  it('is plotted in the stretch in which it was made, the last that was said of that', async () => {
    await stack.sql(
      `UPDATE submissions SET created_at = created_at - interval '36 hours' WHERE id < '80000000-0000-0000-0000-000000000000'`,
    );
    const span = { from: new Date(Date.UTC(2026, 2, 1)), step: day, count: 70 };
    const rows = await prisma.submission.findMany({ select: factsOfDelivery });
    const stretches = await stack.app.get(OverTimeService).delivered(span, now);
    const expected = stretches.map(({ from }) => {
      const here = rows.filter(
        ({ createdAt }) => Math.floor((createdAt.getTime() - from.getTime()) / day) === 0,
      );
      const count = (standing: string) =>
        here.filter((row) => deliveredOf(row, now, boxes) === standing).length;
      return {
        from,
        success: count('success'),
        'in-process': count('in-process'),
        failure: count('failure'),
      };
    });
    expect(stretches).toEqual(expected);
    const plotted = stretches.reduce((sum, { success, failure }) => sum + success + failure, 0);
    expect(plotted).toBeGreaterThan(0);
  });

  it('ends in one place, in whichever order its news come in', async () => {
    const newsOf = (id: string) => [
      { backup: { id } },
      { backup: { id, status: 'rejected' } },
      { backup: { id, status: 'accepted' } },
      { createdAt: new Date(Date.now() - 30 * day).toISOString() },
    ];
    const places = newsOf('').map((_, place) => place);
    const orders = fc.shuffledSubarray(places, { minLength: places.length });
    await fc.assert(
      fc.asyncProperty(orders, async (order) => {
        const { taxReturnId, submissionId } = await aReturn(stack, { email: null });
        const news = newsOf(`B-${taxReturnId}`);
        for (const body of order.map((place) => news[place]))
          await stack.api('PUT', `/v1/tax-returns/${taxReturnId}/submissions/s1`, body);
        expect((await stack.api('GET', `/v1/submissions/${submissionId}`)).body).toMatchObject({
          backup: { id: `B-${taxReturnId}`, status: 'accepted' },
          delivered: 'success',
        });
      }),
      { numRuns: 10 },
    );
  });

  it('ends where the same news put it in any other order, whichever door each came in by', async () => {
    // What settles it at once hides the rest, so half of the stories go without, and contradict themselves.
    const some = fc.oneof(
      fc.subarray(Object.keys(doors), { minLength: 1 }),
      fc
        .subarray(Object.keys(doors).filter((door) => ![...settling, ...contrary].includes(door)))
        .map((news) => [...news, ...contrary]),
    );
    const anyTwo = some.chain((news) =>
      fc.tuple(...[0, 1].map(() => fc.shuffledSubarray(news, { minLength: news.length }))),
    );
    await fc.assert(
      fc.asyncProperty(anyTwo, async (orders) => {
        const ends = [];
        for (const order of orders) {
          const made = await aReturn(stack, { email: null });
          // One that says nothing any more, as a repair of what is in order, is refused.
          for (const door of order)
            expect([200, 201, 202, 422]).toContain((await doors[door]?.(made))?.status);
          const { body } = await stack.api<{ delivered: string }>(
            'GET',
            `/v1/submissions/${made.submissionId}`,
          );
          ends.push(body.delivered);
        }
        expect(ends[0]).toBe(ends[1]);
      }),
      { numRuns: 20 },
    );
  });
});

describe('telling taxpayers', () => {
  it('is counted as each mail stands, and the sums are the totals', async () => {
    const columns = await optionalTimes();
    const [names, types] = [columns.join(', '), columns.map((name) => `${name} timestamptz`).join(', ')];
    await fc.assert(
      fc.asyncProperty(fc.array(mail(columns), { minLength: 1, maxLength: 40 }), async (mails) => {
        await stack.sql(
          `INSERT INTO notifications (id, tax_return_id, template, occurrence, source, due_at, state, reason, opened_at, ${names})
           SELECT gen_random_uuid(), gen_random_uuid(), 'accepted', '', 'generated', now(), state, reason, opened, ${names}
           FROM jsonb_to_recordset($1::jsonb) AS g(state notification_state, reason text, opened timestamptz, ${types})`,
          [JSON.stringify(mails)],
        );
        const rows = await prisma.notification.findMany();
        const count = (standing: string) =>
          rows.filter((row) => standingOf(row, now, toldBox) === standing).length;
        expect((await standings.audit(now)).told).toEqual({
          success: count('success'),
          'in-process': count('in-process'),
          failure: count('failure'),
          total: rows.length,
        });
      }),
      { numRuns: 20, endOnFailure: true },
    );
  });
});

describe('the audit', () => {
  it('is not changed by a second sweep, whatever the first one moved or replayed, nor by adding up what was counted', async () => {
    await stack.sql(
      `INSERT INTO row_counts (relation, quarter, delta)
       SELECT 'submissions', quarter_of(now()), CASE n % 2 WHEN 0 THEN 1 ELSE -1 END FROM generate_series(1, 2000) n`,
    );
    await leaveBehind();
    const before = await standings.audit(now);
    const [sweeps, replays] = [stack.app.get(SweepService), stack.app.get(ReplayService)];
    const moved = await sweeps.sweep();
    expect(Object.values(moved)).not.toContain(0);
    expect(await replays.replayMatched()).toBe(2);
    const [once, rows] = [await standings.audit(now), await allRows()];
    expect(await sweeps.sweep()).toMatchObject({ released: 0, unknown: 0, addressed: 0 });
    expect(await replays.replayMatched()).toBe(0);
    expect([await standings.audit(now), await allRows()]).toEqual([once, rows]);
    expect(once.delivered).toEqual(before.delivered);
    expect(once.told.total).toBe(before.told.total);
    expect(
      await stack.sql('SELECT relation FROM row_counts GROUP BY relation, quarter HAVING count(*) > 1'),
    ).toEqual([]);
  });

  it('counts a row only once its transaction is committed, and not when it is undone or deleted', async () => {
    const { total } = (await standings.audit(now)).delivered;
    const session = await stack.session();
    try {
      const insert = `INSERT INTO submissions (id, tax_return_id, created_at) SELECT gen_random_uuid(), id, now() FROM tax_returns LIMIT 1 RETURNING id`;
      await session.query('BEGIN');
      await session.query(insert);
      expect((await standings.audit(now)).delivered.total).toBe(total);
      await session.query('ROLLBACK');
      expect((await standings.audit(now)).delivered.total).toBe(total);
      const { rows } = await session.query<{ id: string }>(insert);
      expect((await standings.audit(now)).delivered.total).toBe(total + 1);
      await session.query('DELETE FROM submissions WHERE id = $1', [rows[0]?.id]);
      expect((await standings.audit(now)).delivered.total).toBe(total);
    } finally {
      session.release();
    }
  });

  it('looks at submissions without a receipt only, by an index that holds no others', async () => {
    await stack.sql(
      `WITH owner AS (INSERT INTO tax_returns (id) VALUES (gen_random_uuid()) RETURNING id)
       INSERT INTO submissions (id, tax_return_id, key, receipt_id, created_at)
       SELECT gen_random_uuid(), owner.id, n, 'R' || n, now() FROM owner, generate_series(1, 20000) AS n`,
    );
    await stack.sql('ANALYZE');
    const plan = await prisma.$queryRaw<object[]>`EXPLAIN ${countsWithoutReceipt(now, boxes)}`;
    expect(JSON.stringify(plan)).toContain('submissions_without_receipt_idx');
  });
});

/**
 * A mail whose job is lost, one whose address was registered since, and two whose worker died: before a conversation and in
 * it. A status and a bounce that came early: what they wait for is there now, and nobody replayed them.
 */
async function leaveBehind(): Promise<void> {
  const [status, bounce] = [randomUUID(), randomUUID()];
  await stack.api('POST', '/v1/submission-status', {
    taxReturnId: randomUUID(),
    submissionId: status,
    status: 'error_resolved',
  });
  await stack.api('POST', '/v1/receipts', sesBounce({ id: bounce, email: 'someone@example.com' }));
  await stack.sql(
    `WITH owner AS (
       INSERT INTO tax_returns (id) SELECT tax_return_id FROM quarantine WHERE submission_id = $1 RETURNING id
     )
     INSERT INTO submissions (id, tax_return_id, key, submission_id, created_at)
     SELECT gen_random_uuid(), id, 's1', $1, now() FROM owner`,
    [status],
  );
  await stack.sql(
    `WITH mail AS (
       INSERT INTO notifications (id, tax_return_id, template, occurrence, source, due_at, state, attempt)
       VALUES ($1, gen_random_uuid(), 'accepted', 'came back', 'left behind', now(), 'handed_over', 1) RETURNING id
     )
     INSERT INTO deliveries (notification_id, attempt, relay, language, template_version, outcome)
     SELECT id, 1, 'relay', 'en', 'version', 'accepted' FROM mail`,
    [bounce],
  );
  await stack.sql(
    `WITH mails AS (
       INSERT INTO notifications (id, tax_return_id, template, occurrence, source, due_at, lease_until, state)
       SELECT gen_random_uuid(), gen_random_uuid(), 'accepted', occurrence, 'left behind', long_ago, long_ago, state
       FROM (VALUES ('late', 'queued'::notification_state), ('addressed', 'no_address'), ('unopened', 'sending'), ('opened', 'sending'))
              AS g(occurrence, state), (SELECT now() - interval '1 hour') AS t(long_ago)
       RETURNING *
     ), deliveries AS (
       INSERT INTO deliveries (notification_id, attempt, relay, language, template_version)
       SELECT id, attempt, 'relay', 'en', 'version' FROM mails WHERE occurrence = 'opened'
     )
     INSERT INTO tax_returns (id, email) SELECT tax_return_id, 'sealed' FROM mails WHERE occurrence = 'addressed'`,
  );
}

/** All that a sweep may change. */
function allRows() {
  const tables = [
    'notifications',
    'deliveries',
    'quarantine',
    'row_counts',
    'submission_events',
    'remediations',
  ];
  return Promise.all(tables.map((table) => stack.sql(`SELECT t.* FROM ${table} t ORDER BY t::text`)));
}

/** News of a submission, each by its own door. */
const doors: Record<string, (made: MadeReturn) => Promise<{ status: number }>> = {
  'it is old': (made) => registers(made, { createdAt: new Date(Date.now() - 30 * day).toISOString() }),
  'a receipt': (made) => registers(made, { receiptId: `R-${made.submissionId}` }),
  'on the backup path': (made) => registers(made, { backup: { id: `B-${made.taxReturnId}` } }),
  'rejected there': (made) =>
    registers(made, { backup: { id: `B-${made.taxReturnId}`, status: 'rejected' } }),
  'accepted there': (made) =>
    registers(made, { backup: { id: `B-${made.taxReturnId}`, status: 'accepted' } }),
  'a failure': (made) => happens(made, { status: 'error_mef', failure: { category: 'processing' } }),
  'a repair': (made) => happens(made, { status: 'error_resolved' }),
  'the authority rejects it': (made) => happens(made, { status: 'rejected' }),
  'somebody tried': (made) =>
    stack.api('POST', `/v1/submissions/${made.submissionId}/remediations`, {
      context: 'in vain',
      success: false,
    }),
};

/** The word of the authority itself. */
const settling = ['a receipt', 'the authority rejects it'];
const contrary = ['rejected there', 'accepted there'];

function registers({ taxReturnId }: MadeReturn, body: object) {
  return stack.api('PUT', `/v1/tax-returns/${taxReturnId}/submissions/s1`, body);
}

function happens({ taxReturnId, submissionId }: MadeReturn, news: object) {
  return stack.api('POST', '/v1/submission-status', { taxReturnId, submissionId, ...news });
}

async function idsByScope(): Promise<Record<(typeof scopes)[number], string[]>> {
  const [success = [], inProcess = [], failure = [], remediated = [], duplicate = []] = await Promise.all(
    scopes.map(async (scope) => idsOf(await standings.list(scope, 100_000, now))),
  );
  return { success, 'in-process': inProcess, failure, remediated, duplicate };
}

function idsOf(rows: { id: string }[]): string[] {
  return rows.map(({ id }) => id).toSorted();
}

function isIn(scope: (typeof scopes)[number], one: GeneratedSubmission): boolean {
  const facts = factsOf(one, now);
  if (scope === 'remediated') return isRemediated(facts);
  if (scope === 'duplicate') return isDuplicate(facts);
  return deliveredOf(facts, now, boxes) === scope;
}

/** Columns of a mail that may hold a time, those of days to come too: what is counted must look at whatever counts. */
async function optionalTimes(): Promise<string[]> {
  const rows = await stack.sql<{ name: string }>(
    `SELECT column_name AS name FROM information_schema.columns
     WHERE table_name = 'notifications' AND is_nullable = 'YES' AND data_type LIKE 'timestamp%'`,
  );
  return rows.map(({ name }) => name);
}

function mail(columns: string[]) {
  const edges = [toldBox - 1, toldBox, toldBox + 1].map((age) => new Date(now.getTime() - age).toISOString());
  const times = Object.fromEntries(columns.map((name) => [name, fc.option(fc.constantFrom(...edges))]));
  return fc
    .record({
      state: fc.constantFrom(...Object.values(NotificationState)),
      reason: fc.constantFrom('too-late', 'superseded-by-acceptance', randomUUID()),
      opened: fc.constantFrom(...edges),
    })
    .chain((one) => fc.record(times).map((given) => ({ ...given, ...one })));
}
