import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { ConfirmationService, HTTP_DOOR, ReturnChanges } from '#libs/notifications/index.js';
import { PrismaService } from '#libs/platform/index.js';
import type { BackupStatus } from '#libs/platform/index.js';
import { Undecided } from '../../libs/notifications/src/poll/undecided.js';
import { eventually } from '../support/eventually.js';
import { aName, register, type MadeReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('return-revision', { worker: false });
});

/** One thing that somebody tells of a return. */
type Telling = (owner: MadeReturn) => Promise<unknown>;

const asReturn =
  (members: object): Telling =>
  ({ taxReturnId }) =>
    stack.api('PUT', `/v1/tax-returns/${taxReturnId}`, members);
const asSubmission =
  (members: object, key = 's1'): Telling =>
  ({ taxReturnId }) =>
    stack.api('PUT', `/v1/tax-returns/${taxReturnId}/submissions/${key}`, members);
const withItsId: Telling = (owner) => asSubmission({ submissionId: owner.submissionId })(owner);
const status =
  (members: { status: string } & Record<string, unknown>): Telling =>
  ({ taxReturnId, submissionId }) =>
    stack.api('POST', '/v1/submission-status', { taxReturnId, submissionId, ...members });
const codes =
  (code: string, words?: string): Telling =>
  ({ submissionId }) =>
    stack.api('PUT', `/v1/submissions/${submissionId}/rejection-codes`, [
      { MeFErrorCode: code, MeFDescription: words },
    ]);
const onBackup: Telling = (owner) => asSubmission({ backup: { id: backupIdOf(owner) } })(owner);
const decided =
  (word: BackupStatus): Telling =>
  (owner) =>
    stack.app.get(Undecided, { strict: false }).decide([{ id: backupIdOf(owner), status: word, word }]);

const backupIdOf = ({ taxReturnId }: MadeReturn) => `backup-${taxReturnId}`;
const rejection = { status: 'rejected', rejectionCodes: [{ MeFErrorCode: 'R1' }] };

describe('the revision of a return', () => {
  it.each<[string, Telling[], Telling]>([
    ['its registration', [], asReturn({ taxYear: 2025 })],
    ['another year of it', [asReturn({ taxYear: 2025 })], asReturn({ taxYear: 2024 })],
    ['a submission, with its first event', [asReturn({})], asSubmission({})],
    ['the id of a submission', [asReturn({}), asSubmission({})], withItsId],
    ['a receipt that is registered', [asReturn({}), withItsId], asSubmission({ receiptId: 'R1' })],
    ['the id on the backup path', [asReturn({}), withItsId], onBackup],
    ['what the backup path decided', [asReturn({}), withItsId, onBackup], decided('accepted')],
    [
      'a confirmation, with id and receipt',
      [asReturn({}), asSubmission({})],
      status({ status: 'submitted', receiptId: 'R1' }),
    ],
    ['an acceptance', [asReturn({}), withItsId], status({ status: 'accepted' })],
    ['a rejection, with its codes', [asReturn({}), withItsId], status(rejection)],
    [
      'a failure, which opens a submission',
      [asReturn({})],
      status({ status: 'error_xml', submissionId: undefined }),
    ],
    ['codes of a submission that is known', [asReturn({}), withItsId], codes('R1')],
    ['other codes', [asReturn({}), withItsId, codes('R1')], codes('R2')],
    ['other words of a code', [asReturn({}), withItsId, codes('R1', 'one')], codes('R1', 'two')],
    [
      'codes that only a repeated rejection brings',
      [asReturn({}), withItsId, status({ status: 'rejected' })],
      status(rejection),
    ],
    ['a submission whose codes came before it', [asReturn({}), codes('R1')], withItsId],
  ])(
    'is the next one after %s, written by the same transaction and told once',
    async (_what, before, telling) => {
      const owner = aName();
      for (const one of before) await one(owner);
      const known = await revisionOf(owner);
      const told = await whatIsTold(() => telling(owner));
      expect(await revisionOf(owner)).toBe(known + 1);
      expect(told).toEqual([{ taxReturnId: owner.taxReturnId, revision: String(known + 1) }]);
      expect(await writtenWith(owner)).toBe(true);
    },
  );

  it.each<[string, Telling[], Telling]>([
    ['a registration', [], asReturn({ taxYear: 2025, userId: 'u' })],
    ['a submission', [asReturn({})], asSubmission({ receiptId: 'R1', createdAt: '2026-01-01T00:00:00Z' })],
    ['what the backup path decided', [asReturn({}), withItsId, onBackup], decided('rejected')],
    ['a rejection with its codes', [asReturn({}), withItsId], status(rejection)],
    ['codes', [asReturn({}), withItsId], codes('R1')],
    ['codes with their words', [asReturn({}), withItsId], codes('R1', 'one')],
    ['codes of nobody', [asReturn({})], codes('R1')],
  ])('stays after %s that came before', async (_what, before, telling) => {
    const owner = aName();
    for (const one of [...before, telling]) await one(owner);
    const known = await revisionOf(owner);
    expect(await whatIsTold(() => telling(owner))).toEqual([]);
    expect(await revisionOf(owner)).toBe(known);
  });

  it.each<[string, Telling]>([
    ['where and how its owner is told', asReturn({ email: 'other@example.com', language: 'es' })],
    [
      'a mail that somebody asks for',
      ({ taxReturnId }) =>
        stack.api('POST', '/v1/notifications', { taxReturnId, template: 'reminder-submit', occurrence: 'o' }),
    ],
    [
      'a refused entry',
      ({ taxReturnId }) =>
        stack.api('POST', '/v1/submission-status', { taxReturnId, status: 'error_resolved' }),
    ],
  ])('stays after %s', async (_what, telling) => {
    const owner = aName();
    await register(stack, owner);
    const known = await revisionOf(owner);
    expect(await whatIsTold(() => telling(owner))).toEqual([]);
    expect(await revisionOf(owner)).toBe(known);
  });

  it('is another one exactly when something else is known, whatever is told in whatever order', async () => {
    const anything = fc.constantFrom(
      asReturn({ taxYear: 2024 }),
      asReturn({ userId: 'u1', email: 'one@example.com' }),
      asSubmission({}),
      asSubmission({ receiptId: 'R2' }),
      asSubmission({ createdAt: '2026-01-02T00:00:00Z' }, 's2'),
      withItsId,
      onBackup,
      decided('rejected'),
      decided('accepted'),
      codes('R1'),
      codes('R2'),
      codes('R2', 'one'),
      codes('R2', 'two'),
      status({ status: 'error_mef', submissionId: undefined }),
      status({ status: 'error_resolved', submissionId: undefined }),
      status({ status: 'submitted', receiptId: 'R1' }),
      status(rejection),
      status({ status: 'accepted' }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(anything, { minLength: 4, maxLength: 16 }), async (tellings) => {
        const owner = aName();
        await asReturn({ taxYear: 2025 })(owner);
        let before = await readingOf(owner);
        for (const telling of tellings) {
          await telling(owner);
          const after = await readingOf(owner);
          const isNews = after.known !== before.known;
          // What had waited for it comes with it, each in a transaction of its own.
          const most = isNews ? 1 + Math.max(0, before.waiting - after.waiting) : 0;
          expect(after.revision - before.revision).toBeGreaterThanOrEqual(isNews ? 1 : 0);
          expect(after.revision - before.revision).toBeLessThanOrEqual(most);
          before = after;
        }
      }),
      { numRuns: 15 },
    );
  });

  it('is one more after a transaction that writes more events of it than go into one statement', async () => {
    const owner = aName();
    await register(stack, owner);
    const known = await revisionOf(owner);
    const entries = Array.from({ length: 450 }, (_, index) => ({
      content: { entry: { taxReturnId: owner.taxReturnId, status: 'error_xml' as const } },
      body: '',
      queue: HTTP_DOOR,
      source: `${owner.taxReturnId}/${index}`,
    }));
    const { outcomes } = await stack.app
      .get(PrismaService)
      .retrying((tx) => stack.app.get(ConfirmationService).confirmIn(tx, entries));
    expect(outcomes.filter(({ outcome }) => outcome === 'applied')).toHaveLength(450);
    expect(await revisionOf(owner)).toBe(known + 1);
  });

  it('counts both, where what the backup path decided had to wait for somebody else who writes', async () => {
    const owner = aName();
    await register(stack, owner);
    await onBackup(owner);
    const known = await revisionOf(owner);
    const session = await stack.session();
    try {
      await session.query('BEGIN');
      await session.query('UPDATE tax_returns SET revision = revision + 1 WHERE id = $1', [
        owner.taxReturnId,
      ]);
      const deciding = decided('accepted')(owner);
      await eventually(async () => (await waiting()) === 1, { because: 'a decision that waits' });
      await session.query('COMMIT');
      expect(await deciding).toEqual(['accepted']);
    } finally {
      session.release();
    }
    expect(await revisionOf(owner)).toBe(known + 2);
  });

  it('counts the codes that come while their submission is being registered: one of the two sees the other', async () => {
    const owner = aName();
    await asReturn({})(owner);
    const known = await revisionOf(owner);
    const session = await stack.session();
    try {
      await session.query('BEGIN');
      await session.query('SELECT 1 FROM tax_returns WHERE id = $1 FOR NO KEY UPDATE', [owner.taxReturnId]);
      await session.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [owner.submissionId]);
      await session.query(
        `INSERT INTO submissions (id, tax_return_id, key, submission_id, created_at) VALUES ($1, $2, 's1', $3, now())`,
        [randomUUID(), owner.taxReturnId, owner.submissionId],
      );
      const keeping = codes('R1')(owner);
      await eventually(async () => (await waiting()) === 1, { because: 'codes that wait' });
      await session.query('COMMIT');
      await keeping;
    } finally {
      session.release();
    }
    expect(await revisionOf(owner)).toBe(known + 1);
  });
});

/** Of which changes this process tells meanwhile. */
async function whatIsTold(work: () => Promise<unknown>) {
  const told: unknown[] = [];
  const end = stack.app.get(ReturnChanges).listen((changes) => void told.push(...changes));
  try {
    await work();
  } finally {
    end();
  }
  return told;
}

/** 0 before there is one. */
async function revisionOf({ taxReturnId }: MadeReturn): Promise<number> {
  const [row] = await stack.sql<{ revision: string }>('SELECT revision FROM tax_returns WHERE id = $1', [
    taxReturnId,
  ]);
  return Number(row?.revision ?? 0);
}

/** Did the transaction that wrote the return last write the newest of its facts? */
async function writtenWith({ taxReturnId, submissionId }: MadeReturn): Promise<boolean> {
  const [row] = await stack.sql<{ together: boolean }>(
    `SELECT coalesce(t.xmin::text IN (
       SELECT xmin::text FROM submissions WHERE tax_return_id = t.id
       UNION SELECT e.xmin::text FROM submission_events e JOIN submissions s ON s.id = e.submission_uuid WHERE s.tax_return_id = t.id
       UNION SELECT xmin::text FROM rejection_codes WHERE submission_id = $2)
       OR NOT EXISTS (SELECT 1 FROM submissions WHERE tax_return_id = t.id), false) AS together
     FROM tax_returns t WHERE t.id = $1`,
    [taxReturnId, submissionId],
  );
  return row?.together === true;
}

interface Reading {
  /** All that an answer about a return is made of, as text. */
  known: string;
  /** The revision that goes with it. */
  revision: number;
  /** Entries of it that wait for something. */
  waiting: number;
}

async function readingOf({ taxReturnId }: MadeReturn): Promise<Reading> {
  const [row] = await stack.sql<{ revision: string; waiting: string }>(
    `SELECT t.revision,
       (SELECT count(*) FROM quarantine q WHERE q.tax_return_id = t.id AND q.resolved_at IS NULL) AS waiting,
        t.user_id, t.tax_year, t.created_at,
       (SELECT jsonb_agg(to_jsonb(s) || jsonb_build_object('codes', c.codes, 'words', c.codes_hash) ORDER BY s.id)
        FROM submissions s LEFT JOIN rejection_codes c USING (submission_id) WHERE s.tax_return_id = t.id) AS submissions,
       (SELECT jsonb_agg(e.sequence ORDER BY e.sequence)
        FROM submission_events e JOIN submissions s ON s.id = e.submission_uuid WHERE s.tax_return_id = t.id) AS events
     FROM tax_returns t WHERE t.id = $1`,
    [taxReturnId],
  );
  const { revision, waiting, ...known } = row ?? { revision: 0, waiting: 0 };
  return { known: JSON.stringify(known), revision: Number(revision), waiting: Number(waiting) };
}

/** Sessions of this database that wait for a lock. */
async function waiting(): Promise<number> {
  const [row] = await stack.sql<{ waiting: string }>(
    `SELECT count(*) AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return Number(row?.waiting);
}
