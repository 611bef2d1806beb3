import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type pg from 'pg';
import { dayOf, ServiceLevelCounting, ServiceLevelService } from '#libs/notifications/index.js';
import { PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { sesBounce, sesComplaint, sesDelivery } from '../support/ses.js';
import { Stack } from '../support/stack.js';
import { receipt } from '../support/terminal.js';
import { textOf, Visitor } from '../support/visitor.js';

const DAY = 86_400_000;

let stack: Stack;
let counting: ServiceLevelCounting;
let levels: ServiceLevelService;
let prisma: PrismaService;
let settings: Settings;
beforeAll(async () => {
  stack = await Stack.start('service-level', { worker: false });
  counting = stack.app.get(ServiceLevelCounting);
  levels = stack.app.get(ServiceLevelService);
  prisma = stack.app.get(PrismaService);
  settings = stack.app.get(SETTINGS);
});

/** A mail as the record has it: when it was asked for, when it was settled, and as what. */
interface KeptMail {
  state?: string;
  reason?: string;
  /** Seconds from the last ask to its end. */
  waited?: number;
  /** Seconds from the first ask to the last. */
  askedAgainAfter?: number;
  /** When the relay took it, in seconds from the last ask, where the mail does not say it any more. */
  takenAfter?: number;
  template?: string;
  isListed?: boolean;
}

/** So many days ago, at noon. */
function daysAgo(days: number): Date {
  return new Date(Date.parse(dayOf(new Date(Date.now() - days * DAY))) + DAY / 2);
}

async function keep(at: Date, mails: KeptMail[]): Promise<string[]> {
  const rows = mails.map((mail, index) => ({
    state: 'handed_over',
    reason: null,
    waited: mail.state === 'queued' ? null : 1,
    askedAgainAfter: 0,
    takenAfter: mail.waited ?? 1,
    template: 'accepted',
    isListed: false,
    ...mail,
    id: randomUUID(),
    at: new Date(at.getTime() + index).toISOString(),
  }));
  await stack.sql(
    `WITH given AS (
       SELECT *, at + "askedAgainAfter" * interval '1 second' AS opened FROM jsonb_to_recordset($1::jsonb)
         AS r(id uuid, at timestamptz, state text, reason text, waited float8, "askedAgainAfter" float8, "takenAfter" float8, template text, "isListed" boolean)
     ), asked AS (
       INSERT INTO notifications (id, tax_return_id, template, stage, occurrence, source, state, reason, due_at, attempt, requested_at, opened_at, settled_at, batch_id)
       SELECT id, id, template, CASE WHEN template = 'submission-error' THEN 'post' END, 'o', id::text, state::notification_state, reason, opened, 1, at, opened,
              opened + waited * interval '1 second', CASE WHEN "isListed" THEN gen_random_uuid() END
       FROM given
     )
     INSERT INTO deliveries (notification_id, attempt, outcome, relay, language, template_version, opened_at, settled_at)
     SELECT id, 1, 'accepted', 'relay', 'en', 'v', opened, opened + "takenAfter" * interval '1 second' FROM given WHERE state = 'handed_over'`,
    [JSON.stringify(rows)],
  );
  return rows.map(({ id }) => id);
}

const never = new AbortController().signal;

/** Counts what is due, as a worker does, and says what it came to on that day. */
async function countedOn(at: Date) {
  await stack.sql(
    `UPDATE service_level_days SET counted_at = counted_at - interval '1 day' WHERE final_at IS NULL`,
  );
  await counting.work(never);
  return levelOf(at);
}

async function levelOf(at: Date) {
  const { days } = await levels.look({ from: dayOf(at), to: dayOf(at) });
  if (!days[0]) throw new Error('a look left out its day');
  return days[0];
}

describe('a day of the service level', () => {
  it('counts each mail in one place, and judges what was asked for at once, by when the relay took it', async () => {
    const at = daysAgo(1);
    await keep(at, [
      { waited: 0.04 },
      { waited: 10 },
      { waited: 10.001 },
      { waited: 2, askedAgainAfter: 3_600 },
      { state: 'failed', reason: 'recipient-refused' },
      { state: 'unknown', reason: 'worker-lost' },
      { state: 'queued' },
      { state: 'withheld', reason: 'superseded-by-acceptance' },
      { state: 'withheld', reason: 'too-late' },
      { state: 'no_address', reason: 'no-address' },
      { reason: 'superseded-by-resend', waited: 7_200, takenAfter: 3 },
      { waited: 90_000, isListed: true },
    ]);
    expect(await countedOn(at)).toMatchObject({
      mails: 12,
      became: { arrived: 0, taken: 5, superseded: 2, bounced: 0, unknown: 1, waiting: 1, untold: 3 },
      apart: { listed: 1, ordered: 0 },
      owed: 9,
      inTime: 4,
      askedAgain: 1,
      share: 4 / 9,
      waits: { p50: 3_000, p95: 15_000, p99: 15_000 },
      isFinal: false,
    });
  });

  it('leaves out what waits for more failures, where it does so on purpose', async () => {
    const at = daysAgo(2);
    await keep(at, [{ template: 'submission-error', waited: 3_600 }, { waited: 1 }]);
    expect(await countedOn(at)).toMatchObject({ owed: 2, inTime: 1, apart: { ordered: 0 } });
    await stack.sql(`UPDATE service_level_days SET counted_at = NULL`);
    await new ServiceLevelCounting(prisma, { ...settings, SUBMISSION_ERROR_AFTER: 3 }).work(never);
    expect(await levelOf(at)).toMatchObject({ owed: 1, inTime: 1, apart: { ordered: 1 } });
  });

  it('sums up to its mails whatever receipts come, in whatever order, and says what they say', async () => {
    const at = daysAgo(3);
    let mails = 0;
    const receipt = fc.record({
      mail: fc.nat(4),
      kind: fc.constantFrom('bounce', 'delivery', 'complaint'),
      isRepeated: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(receipt, { maxLength: 8 }), async (receipts) => {
        const ids = await keep(
          at,
          Array.from({ length: 5 }, () => ({})),
        );
        mails += ids.length;
        for (const { mail, kind, isRepeated } of receipts) {
          const sent = { id: ids[mail] ?? '', email: 'somebody@example.com' };
          const said = { bounce: sesBounce, delivery: sesDelivery, complaint: sesComplaint }[kind](sent);
          for (let times = isRepeated ? 2 : 1; times > 0; times -= 1)
            await stack.api('POST', '/v1/receipts', said);
        }
        const { became, ...day } = await countedOn(at);
        const [facts] = await stack.sql<{ arrived: number; bounced: number }>(
          `SELECT count(*) FILTER (WHERE bounced_at IS NULL AND delivered_at IS NOT NULL)::int AS arrived,
                  count(*) FILTER (WHERE bounced_at IS NOT NULL)::int AS bounced
           FROM notifications WHERE requested_at::date = $1::date`,
          [dayOf(at)],
        );
        expect(day.mails).toBe(mails);
        expect(Object.values(became).reduce((sum, count) => sum + count, 0)).toBe(mails);
        expect(became).toMatchObject(facts ?? {});
      }),
      { numRuns: 12, endOnFailure: true },
    );
  });

  it('is counted by one worker, however many look at once, and in pieces', async () => {
    const at = daysAgo(4);
    await stack.sql(
      `INSERT INTO notifications (id, tax_return_id, template, occurrence, source, state, due_at, requested_at, opened_at, settled_at)
       SELECT gen_random_uuid(), gen_random_uuid(), 'accepted', 'o', 'many', 'handed_over', now(), at, at, at + interval '1 second'
       FROM generate_series(1, 45000) AS n, LATERAL (SELECT $1::timestamptz + (n / 1500) * interval '1 second' AS at) AS of`,
      [at.toISOString()],
    );
    await stack.sql('UPDATE service_level_days SET counted_at = NULL');
    const pieces: string[][] = [[], []];
    await Promise.all(pieces.map((seen) => workerThatTells(seen).work(never)));
    const begun = pieces.flat().filter((from) => from.endsWith('T00:00:00.000Z'));
    expect(begun.length).toBeGreaterThan(4);
    expect(new Set(begun).size).toBe(begun.length);
    expect(pieces.flat().filter((from) => from.startsWith(dayOf(at)))).toHaveLength(3);
    expect(await levelOf(at)).toMatchObject({ mails: 45_000, inTime: 45_000 });
  });

  it('is counted anew by another worker when one died, whose late word does not count', async () => {
    const at = daysAgo(4);
    await stack.sql('UPDATE service_level_days SET counted_at = NULL WHERE day = $1', [dayOf(at)]);
    const stop = new AbortController();
    await workerThatTells([], () => stop.abort()).work(stop.signal);
    const held = () => stack.sql('SELECT lease_token FROM service_level_days WHERE lease_until > now()');
    expect(await held()).toHaveLength(1);
    await counting.work(never);
    expect((await levelOf(at)).countedAt).toBeNull();

    let isTaken = false;
    await stack.sql('UPDATE service_level_days SET lease_until = NULL');
    await workerThatTells([], async () => {
      if (isTaken) return;
      isTaken = true;
      await stack.sql('UPDATE service_level_days SET lease_until = now() WHERE lease_token IS NOT NULL');
      await counting.work(never);
      await stack.sql('UPDATE service_level_days SET mails = 1 WHERE day = $1', [dayOf(at)]);
    }).work(never);
    expect(await levelOf(at)).toMatchObject({ mails: 1 });
  });

  it('is final some time after its end, and stays when what it was counted from is gone', async () => {
    const [open, past] = [daysAgo(13), daysAgo(15)];
    await keep(daysAgo(16), [{}]);
    for (const at of [open, past]) await keep(at, [{ waited: 1 }, { waited: 20 }]);
    expect(await countedOn(past)).toMatchObject({ mails: 2, inTime: 1, isFinal: true });
    expect(await levelOf(open)).toMatchObject({ mails: 2, isFinal: false });
    const kept = await levelOf(past);
    for (const at of [open, past])
      for (const sql of [
        'DELETE FROM deliveries WHERE opened_at::date = $1::date',
        'DELETE FROM notifications WHERE requested_at::date = $1::date',
      ])
        await stack.sql(sql, [dayOf(at)]);
    expect(await countedOn(open)).toMatchObject({ mails: 0 });
    expect(await levelOf(past)).toEqual(kept);
  });
});

it('is the same on the page, in the terminal and over HTTP', async () => {
  const today = new Date();
  await keep(new Date(Math.max(Date.parse(dayOf(today)), today.getTime() - 2_000)), [
    { waited: 0.2 },
    { waited: 0.3 },
    { waited: 600 },
  ]);
  await countedOn(today);
  const day = dayOf(today);
  const { status, body } = await stack.api<{ days: unknown[]; total: unknown }>(
    'GET',
    `/v1/service-level?from=${day}&to=${day}`,
  );
  const said = { owed: 3, inTime: 2, share: 2 / 3, waits: { p50: 0.3, p95: 600, p99: 600 } };
  expect([status, body]).toMatchObject([
    200,
    { aim: { within: 10, share: 0.99 }, total: said, days: [{ day, isFinal: false, ...said }] },
  ]);

  const terminal = await receipt(['level', '--last', '7d'], stack.environment);
  expect(terminal.code).toBe(0);
  expect(terminal.stdout).toMatch(new RegExp(`${day} +3 +66\\.66% +300 ms +10 min +10 min `));
  expect(terminal.stdout).toContain('The aim is 99%:');
  const json = await receipt(['level', '--json'], stack.environment);
  expect(JSON.parse(json.stdout)).toMatchObject({
    days: expect.arrayContaining([expect.objectContaining({ day, owed: 3, inTime: 2 })]),
  });

  const visitor = await Visitor.named(stack, 'nora', ['read']);
  const page = await visitor.look('/ops/service-level?last=7d');
  expect(textOf(page.body)).toMatch(new RegExp(`${day} open 66\\.66% 3 2 300 ms 10 min 10 min 3 `));
  const until = dayOf(new Date(today.getTime() + DAY));
  const list = new URLSearchParams({ since: `${day}T00:00:00.000`, until: `${until}T00:00:00.000` });
  const link = `/ops?${list.toString()}#mails`.replaceAll('&', '&#38;');
  expect(page.body.split(link).length - 1).toBe(3);
  expect((await visitor.look(`/ops?${list.toString()}`)).status).toBe(200);
});

it('over HTTP is asked for days in their order, and not for too many', async () => {
  for (const query of [
    'from=2026-02-30',
    'from=2026-03-02&to=2026-03-01',
    'from=2020-01-01&to=2026-01-01',
    'form=1',
  ])
    expect([query, (await stack.api('GET', `/v1/service-level?${query}`)).status]).toEqual([query, 422]);
  const { body } = await stack.api<{ days: { day: string; mails: number }[] }>(
    'GET',
    '/v1/service-level?from=2020-02-27&to=2020-03-01',
  );
  expect(body.days.map(({ day }) => day)).toEqual(['2020-02-27', '2020-02-28', '2020-02-29', '2020-03-01']);
});

/** A worker that says of each piece that it counts when that begins. */
function workerThatTells(seen: string[], before?: () => unknown): ServiceLevelCounting {
  const pool = {
    query: async (statement: pg.QueryConfig<[Date]>) => {
      if (statement.name === 'count a piece of a day' && statement.values) {
        seen.push(statement.values[0].toISOString());
        await before?.();
      }
      return prisma.pool.query(statement);
    },
  };
  return new ServiceLevelCounting({ pool } as unknown as PrismaService, settings);
}
