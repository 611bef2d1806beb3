import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PrismaService } from '#libs/platform/index.js';
import { freshDatabase, type FreshDatabase } from '../../../../../test/support/database.js';
import type { Finding, GuardPauses } from './guard.pauses.js';
import { VolumeGuard } from './volume.guard.js';
import { SeenClaims } from '../../send/seen.claims.js';
import { NotificationWrites } from '../../send/notification.writes.js';
import {
  BUSIEST,
  CAME_BACK,
  COUNT_MAILS,
  HEARD_BEFORE,
  HEARD_LATELY,
  MARK_UNUSUAL,
} from './guard.statements.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** The beginning of the minute so many ago. */
const ago = (minutes: number) => new Date(Math.floor(Date.now() / MINUTE - minutes) * MINUTE);

let database: FreshDatabase;
let prisma: PrismaService;
beforeAll(async () => {
  database = await freshDatabase('guard-statements');
  prisma = new PrismaService({ DATABASE_URL: database.url, DATABASE_POOL: 2, DATABASE_WAIT: 60_000 });
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});
beforeEach(() => prisma.pool.query('TRUNCATE mail_minutes, resumes'));

const sql = (text: string, values: unknown[] = []) => prisma.pool.query(text, values);
const asked = async (...given: [minutesAgo: number, mails: number][]) => {
  const minutes = given.map(([minutesAgo]) => ago(minutesAgo).toISOString());
  const mails = given.map(([, count]) => count);
  return (
    await COUNT_MAILS.run(
      prisma.pool,
      given.map(() => 'accepted'),
      minutes,
      mails,
    )
  )[0];
};
const resumed = (target: string, minutesAgo: number, counted: number | null = null) =>
  sql('INSERT INTO resumes (target, at, counted) VALUES ($1, $2, $3)', [target, ago(minutesAgo), counted]);

describe('mails are counted', () => {
  it('in the fullest ten minutes that one of them was asked for in', async () => {
    expect(await asked([3, 10])).toMatchObject({ mails: 10 });
    expect(await asked([3, 5], [12, 100])).toMatchObject({ mails: 115 });
    // Ten minutes later: no window has both.
    expect(await asked([2, 1])).toMatchObject({ mails: 16 });
  });

  it('as a backlog is: by when they were asked for, not by when they go', async () => {
    for (let minute = 300; minute > 0; minute -= 20)
      expect(await asked([minute, 50])).toMatchObject({ mails: 50 });
  });

  it('from when a person last resumed the template, and what was counted then is explained for a day', async () => {
    await asked([5, 700]);
    await resumed('accepted', 4, 700);
    expect(await asked([5, 100])).toBeUndefined();
    expect(await asked([3, 1])).toEqual({ template: 'accepted', mails: 1, explained: 700 });
    await sql(`UPDATE resumes SET at = at - interval '1 day'`);
    expect(await asked([3, 1])).toEqual({ template: 'accepted', mails: 802, explained: 0 });
  });

  it('of the history, the busiest ten minutes count, but not the last hour, nor what made a guard pause', async () => {
    await asked([30, 1_000], [200, 40], [205, 50], [300, 500]);
    await MARK_UNUSUAL.run(prisma.pool, 'accepted', ago(20));
    expect(await BUSIEST.run(prisma.pool, 'accepted')).toEqual([{ mails: 500 }]);
    await sql('UPDATE mail_minutes SET is_unusual = true WHERE mails = 500');
    expect(await BUSIEST.run(prisma.pool, 'accepted')).toEqual([{ mails: 90 }]);
    expect(await BUSIEST.run(prisma.pool, 'rejected')).toEqual([{ mails: 0 }]);
  });
});

describe('a template is paused', () => {
  const found: Finding[] = [];
  const guard = () => {
    found.length = 0;
    const pauses = { pause: (finding: Finding) => Promise.resolve(void found.push(finding)) } as GuardPauses;
    return new VolumeGuard(prisma, pauses, {
      GUARDS: ['volume'],
      GUARD_VOLUME_FLOOR: 20,
      GUARD_VOLUME_FACTOR: 10,
    });
  };
  const tries = (count: number) =>
    Array.from({ length: count }, () => ({ template: 'accepted', askedAt: new Date() }));

  it('above the floor, and what paused it does not say what is usual', async () => {
    const volume = guard();
    await volume.look(tries(20));
    expect(found).toEqual([]);
    await volume.look(tries(1));
    expect(found).toEqual([
      {
        guard: 'volume',
        targets: ['accepted'],
        counted: 21,
        reason: '21 mails were asked for within 10 minutes, and no batch explains them; up to 20 are usual.',
      },
    ]);
    expect((await sql('SELECT DISTINCT is_unusual FROM mail_minutes')).rows).toEqual([{ is_unusual: true }]);
  });

  it('above ten times what is usual, where that is more, or ten times what a person explained', async () => {
    await asked([200, 3]);
    let volume = guard();
    await volume.look(tries(30));
    expect(found).toEqual([]);
    await volume.look(tries(1));
    expect(found).toMatchObject([{ counted: 31 }]);

    await sql('DELETE FROM mail_minutes');
    await resumed('accepted', 1, 31);
    volume = guard();
    await volume.look(tries(310));
    expect(found).toEqual([]);
    await volume.look(tries(1));
    expect(found).toMatchObject([{ counted: 311 }]);
  });
});

it('a first try is what neither a batch, nor a person, nor an earlier try explains', async () => {
  const seen = new SeenClaims();
  const shown: string[] = [];
  seen.shownTo((tries) => Promise.resolve(void shown.push(...tries.map(({ template }) => template))));
  const settings = { SEND_LEASE: 60_000, SMTP_TIMEOUT: 60_000 };
  const writes = new NotificationWrites(prisma, seen, settings as never);
  const batch = randomUUID();
  await sql(
    `INSERT INTO batches (id, action, origin, made_by) VALUES ($1, 'error-resolved', 'upload', 'somebody')`,
    [batch],
  );
  const claim = async (template: string, batchId: string | null = null, occurrence = 'o', attempt = 0) => {
    const id = randomUUID();
    await sql(
      `INSERT INTO notifications (id, tax_return_id, template, occurrence, source, state, due_at, attempt, batch_id)
       VALUES ($1, $1, $2, $3, 's', 'queued', now(), $4, $5)`,
      [id, template, occurrence, attempt, batchId],
    );
    expect(await writes.claim(id)).toMatchObject({ id });
  };
  await claim('accepted');
  await claim('error-resolved', batch);
  await claim('reminder-submit', randomUUID());
  await claim('rejected', null, 'o.resend-1');
  await claim('submitted', null, 'o', 1);
  await seen.show();
  expect(shown).toEqual(['accepted', 'reminder-submit']);
});

describe('what came back of a lane', () => {
  const sent = async (
    minutesAgo: number,
    kinds: string[],
    template = 'accepted',
    batch: string | null = null,
  ) => {
    const id = randomUUID();
    await sql(
      `INSERT INTO notifications (id, tax_return_id, template, occurrence, source, state, due_at, opened_at, batch_id)
       VALUES ($1, $1, $2, 'o', 's', 'handed_over', now(), $3, $4)`,
      [id, template, ago(minutesAgo), batch],
    );
    for (const kind of kinds)
      await sql(
        `INSERT INTO mail_receipts (id, notification_id, attempt, kind, occurred_at) VALUES ($1, $2, 1, $3::receipt_kind, now())`,
        [randomUUID(), id, kind],
      );
  };
  const cameBack = async (last: number) =>
    (await CAME_BACK.run(prisma.pool, ['accepted', 'rejected'], 'urgent', last))[0];

  it('is counted among its last mails, a mail once, and not among those of batches or of long ago', async () => {
    await asked([10, 60], [90, 50], [200, 1_000]);
    await sent(10, ['bounce', 'complaint']);
    await sent(90, ['bounce', 'bounce']);
    await sent(200, ['bounce']);
    await sent(10, ['delivery']);
    await sent(10, ['bounce'], 'reminder-submit');
    await sent(10, ['bounce'], 'accepted', randomUUID());
    // All of the last hour, where these are more.
    expect(await cameBack(20)).toEqual({ mails: 60, returned: 1, complained: 1 });
    expect(await cameBack(110)).toEqual({ mails: 110, returned: 2, complained: 1 });
    expect(await cameBack(5_000)).toEqual({ mails: 1_110, returned: 3, complained: 1 });
    await resumed('urgent', 5);
    expect(await cameBack(20)).toEqual({ mails: 0, returned: 0, complained: 0 });
  });
});

describe('what is said of submissions', () => {
  const said = async (types: string[], minutesAgo = 0, source = 'queue/') => {
    const id = randomUUID();
    await sql(`INSERT INTO tax_returns (id) VALUES ($1)`, [id]);
    await sql(`INSERT INTO submissions (id, tax_return_id, created_at) VALUES ($1, $1, now())`, [id]);
    for (const type of types)
      await sql(
        `INSERT INTO submission_events (submission_uuid, type, occurrence, source, occurred_at, recorded_at)
         VALUES ($1, $2::submission_event_type, '', $3, now(), $4)`,
        [id, type, `${source}${randomUUID()}`, new Date(Date.now() - minutesAgo * MINUTE)],
      );
  };

  it('contradicts itself, or fails, within a time; nothing of a batch, and nothing that was resumed', async () => {
    await said(['rejected', 'accepted']);
    await said(['rejected', 'accepted'], 20);
    await said(['rejected', 'accepted'], 0, 'batch/');
    await said(['error_xml']);
    await said(['submitted', 'accepted']);
    const within = 15 * MINUTE;
    expect(await HEARD_LATELY.run(prisma.pool, within)).toEqual([
      { contradicted: 1, accepted: 2, rejected: 1, submitted: 1, failed: 1 },
    ]);
    expect(await HEARD_BEFORE.run(prisma.pool, within)).toEqual([
      { accepted: 1, rejected: 1, submitted: 0, failed: 0 },
    ]);
    await sql(
      `INSERT INTO quarantine (id, kind, queue, source, body, reason, detail, submission_id)
       VALUES (gen_random_uuid(), 'refused', 'q', 's', 'b', 'accepted-beats-rejected', 'd', 'one')`,
    );
    expect(await HEARD_LATELY.run(prisma.pool, within)).toMatchObject([{ contradicted: 2 }]);
    await resumed('accepted', -1);
    await resumed('submission-error', DAY / MINUTE - 5);
    expect(await HEARD_LATELY.run(prisma.pool, within)).toEqual([
      { contradicted: 0, accepted: 2, rejected: 1, submitted: 0, failed: 0 },
    ]);
  });
});
