import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { nextUndecided, PollService } from '#libs/notifications/index.js';
import { PrismaService } from '#libs/platform/index.js';
import { found, sessionsThatWait } from '../crash/found.js';
import { eventually } from '../support/eventually.js';
import { aReturn } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';
import { receipt, receiptProcess } from '../support/terminal.js';
import { FakeUpstream, say } from '../support/upstream.js';

const day = 86_400_000;

/** A submission that went by the backup path. */
type Sent = MadeReturn & { backupId: string };

let upstream: FakeUpstream;
let stack: Stack;
let polls: PollService;
beforeAll(async () => {
  upstream = await FakeUpstream.start();
  stack = await Stack.start('poll', {
    worker: false,
    settings: { UPSTREAM_URL: upstream.url, UPSTREAM_TOKEN: 'shared-with-them', UPSTREAM_TIMEOUT: '5s' },
  });
  polls = stack.app.get(PollService);
});
beforeEach(async () => {
  upstream.reset();
  await stack.sql('DELETE FROM poll_turns');
  await stack.sql(
    `UPDATE submissions SET backup_status = 'rejected' WHERE backup_id IS NOT NULL AND backup_status IS NULL`,
  );
});

describe('what the upstream says becomes the standing of a submission', () => {
  it.each([
    ['vbms', undefined, 'accepted', 'success'],
    ['success', true, 'accepted', 'success'],
    ['accepted', undefined, 'accepted', 'success'],
    ['error', true, 'rejected', 'failure'],
    ['expired', undefined, 'rejected', 'failure'],
    ['rejected', undefined, 'rejected', 'failure'],
    ['accepted', false, null, 'in-process'],
    ['error', false, null, 'in-process'],
    ['pending', undefined, null, 'in-process'],
    ['melted', true, null, 'in-process'],
  ])('%s, final: %s, is %s: %s', async (status, final_status, decided, delivered) => {
    const sent = await onBackup();
    upstream.knows.set(sent.backupId, { status, final_status });
    await polls.poll();
    expect(upstream.calls).toEqual([[sent.backupId]]);
    expect(await standingOf(sent)).toEqual([decided, delivered]);
  });

  it('once, with a word in the timeline that nobody can change, and without a mail or a remediation', async () => {
    const sent = await onBackup();
    upstream.knows.set(sent.backupId, { status: 'vbms' });
    await polls.poll();
    await polls.poll();
    expect(upstream.calls).toHaveLength(1);
    const { body } = await stack.api<{ items: { kind: string }[] }>(
      'GET',
      `/v1/tax-returns/${sent.taxReturnId}/timeline`,
    );
    expect(body.items.map(({ kind }) => kind)).toEqual(['event', 'verdict']);
    expect(body.items[1]).toMatchObject({ verdict: { status: 'accepted', word: 'vbms' } });
    await expect(stack.sql(`UPDATE backup_verdicts SET word = 'error'`)).rejects.toThrow(/append-only/);
    expect((await found(stack, sent)).state).toBeUndefined();
    expect(await stack.sql('SELECT 1 FROM remediations')).toEqual([]);
  });

  it('in no strange word, which is logged once a run and without an address', async () => {
    const all = await manyOnBackup(3);
    for (const id of all) upstream.knows.set(id, { status: 'sent to ana@example.com' });
    const before = stack.log().length;
    expect(await polls.poll()).toMatchObject({ undecided: 3, strangeWords: { 'sent to [address]': 3 } });
    expect(
      stack
        .log()
        .slice(before)
        .match(/words that nobody knows/g),
    ).toHaveLength(1);
    expect(await undecided()).toEqual(all);
  });
});

describe('who is asked about', () => {
  it('is everybody, in batches of 100, each once, with the token', async () => {
    const all = await manyOnBackup(250);
    await polls.poll();
    expect(upstream.calls.map(({ length }) => length)).toEqual([100, 100, 50]);
    expect(upstream.asked.toSorted()).toEqual(all);
    expect(upstream.authorization).toBe('Bearer shared-with-them');
  });

  it('is nobody, and so no call, when everything is decided, acknowledged or never went there', async () => {
    await aReturn(stack);
    const [accepted, taken, confirmed] = [await onBackup(), await onBackup(), await onBackup()];
    await put(accepted, { backup: { id: accepted.backupId, status: 'accepted' } });
    await put(taken, { receiptId: 'R1' });
    await stack.api('POST', '/v1/submission-status', { ...named(confirmed), status: 'submitted' });
    expect(await polls.poll()).toMatchObject({ asked: 0 });
    expect(upstream.calls).toEqual([]);
  });

  it('is also who is past the time box, and may become a success still', async () => {
    const sent = await onBackup({ age: 90 * day });
    expect(await standingOf(sent)).toEqual([null, 'failure']);
    upstream.knows.set(sent.backupId, { status: 'success' });
    await polls.poll();
    expect(await standingOf(sent)).toEqual(['accepted', 'success']);
  });

  it.each([[[false]], [[true]], [[false, true, false]]])(
    'is also who has remediations, whether they succeeded or not: %p',
    async (remediations) => {
      const sent = await onBackup();
      for (const success of remediations) await remediate(sent, success);
      upstream.knows.set(sent.backupId, { status: 'accepted' });
      await polls.poll();
      expect(await standingOf(sent)).toEqual(['accepted', 'success']);
    },
  );

  it('is found by an index that holds no others', async () => {
    await manyOnBackup(3);
    await stack.sql(
      `INSERT INTO submissions (id, tax_return_id, backup_id, backup_status, created_at)
       SELECT gen_random_uuid(), tax_return_id, 'done-' || n, 'accepted', now()
       FROM generate_series(1, 20000) n, (SELECT tax_return_id FROM submissions LIMIT 1) one`,
    );
    await stack.sql('ANALYZE submissions');
    const prisma = stack.app.get(PrismaService);
    const plan = await prisma.$queryRaw<object[]>`EXPLAIN ${nextUndecided('', null)}`;
    expect(JSON.stringify(plan)).toContain('submissions_undecided_on_backup_idx');
  });
});

describe('what goes wrong with an answer', () => {
  it.each<[string, FakeUpstream['next'][number]]>([
    ['status 503', (_ids, response) => say(response, 503, {})],
    ['status 429', (_ids, response) => say(response, 429, {})],
    ['TimeoutError', () => undefined],
    ['SyntaxError', (_ids, response) => say(response, 200, '{"data": [')],
    ['no list of data', (_ids, response) => say(response, 200, { data: null })],
    [
      'the answer is nested deeper than 64 levels',
      (_ids, response) => say(response, 200, `{"data": [], "more": ${'['.repeat(100)}${']'.repeat(100)}}`),
    ],
    ['UND_ERR_SOCKET', (_ids, response) => void response.destroy()],
  ])('changes nothing, is logged (%s), and the next run asks again', async (why, answering) => {
    const sent = await onBackup();
    upstream.knows.set(sent.backupId, { status: 'accepted' });
    upstream.next.push(answering);
    const before = stack.log().length;
    expect(await polls.poll()).toMatchObject({ asked: 1, failed: 1, gaveUp: false });
    expect(stack.log().slice(before)).toContain(`"why":"${why}"`);
    expect(await standingOf(sent)).toEqual([null, 'in-process']);
    await polls.poll();
    expect(await standingOf(sent)).toEqual(['accepted', 'success']);
  });

  it('of one batch keeps the next ones from nothing', async () => {
    const all = await manyOnBackup(250);
    for (const id of all) upstream.knows.set(id, { status: 'accepted' });
    upstream.next.push((_ids, response) => say(response, 500, {}));
    expect(await polls.poll()).toMatchObject({ asked: 250, failed: 100, accepted: 150 });
    expect(await undecided()).toEqual(all.slice(0, 100));
  });

  it('three times in a row ends the run; the next begins behind it and comes round to everybody', async () => {
    const all = await manyOnBackup(450);
    upstream.always = (_ids, response) => say(response, 500, {});
    expect(await polls.poll()).toMatchObject({ asked: 300, failed: 300, gaveUp: true });
    upstream.reset();
    for (const id of all) upstream.knows.set(id, { status: 'accepted' });
    expect(await polls.poll()).toMatchObject({ asked: 450, accepted: 450, gaveUp: false });
    expect(upstream.calls[0]?.[0]).toBe(all[300]);
  });

  it.each([
    ['null', null],
    ['no id', { id: null, attributes: { status: 'error' } }],
    ['an id that nobody asked for', { id: 'another', attributes: { status: 'error' } }],
    ['no status', { id: 'its own', attributes: {} }],
    ['a status that is a number', { id: 'its own', attributes: { status: 7 } }],
  ])('in one entry (%s) harms no other', async (_what, stray) => {
    const [bad = '', ...good] = await manyOnBackup(5);
    upstream.next.push((_ids, response) => {
      const data = good.map((id) => ({ id, attributes: { status: 'accepted' } }));
      say(response, 200, {
        data: [stray && { ...stray, id: stray.id === 'its own' ? bad : stray.id }, ...data],
      });
    });
    expect(await polls.poll()).toMatchObject({ accepted: 4, missing: 1, strayEntries: 1 });
    expect(await undecided()).toEqual([bad]);
  });
});

describe('an id that the upstream refuses', () => {
  it('keeps the other 99 of its batch from nothing, is named, and asked again', async () => {
    const all = await manyOnBackup(150);
    const bad = all[41] ?? '';
    for (const id of all) upstream.knows.set(id, { status: 'vbms' });
    upstream.always = (ids, response) =>
      ids.includes(bad) ? say(response, 422, {}) : upstream.tell(ids, response);
    expect(await polls.poll()).toMatchObject({ asked: 150, accepted: 149, refused: 1, refusedIds: [bad] });
    expect(await undecided()).toEqual([bad]);
    upstream.always = undefined;
    expect(await polls.poll()).toMatchObject({ accepted: 1 });
  });

  it('is not looked for when it is us that are refused', async () => {
    await manyOnBackup(5);
    upstream.always = (_ids, response) => say(response, 401, {});
    expect(await polls.poll()).toMatchObject({ failed: 5, refused: 0 });
    expect(upstream.calls).toHaveLength(1);
  });

  it('is not looked for without end when all are refused', async () => {
    await manyOnBackup(450);
    upstream.always = (_ids, response) => say(response, 404, {});
    expect(await polls.poll()).toMatchObject({ refused: 300, gaveUp: true });
  });
});

describe('what happens while the upstream is asked', () => {
  it.each<[string, string, (sent: Sent) => Promise<unknown>, [string | null, string]]>([
    [
      'accepted',
      'error',
      (sent) => put(sent, { backup: { id: sent.backupId, status: 'accepted' } }),
      ['accepted', 'success'],
    ],
    ['given a receipt', 'error', (sent) => put(sent, { receiptId: 'R1' }), [null, 'success']],
    ['remediated', 'error', (sent) => remediate(sent, true), ['rejected', 'success']],
    ['remediated in vain', 'vbms', (sent) => remediate(sent, false), ['accepted', 'success']],
  ])(
    'takes nothing from who is %s meanwhile, when the answer is %s',
    async (_what, word, meanwhile, standing) => {
      const sent = await onBackup();
      upstream.knows.set(sent.backupId, { status: word });
      upstream.next.push(async (ids, response) => {
        await meanwhile(sent);
        upstream.tell(ids, response);
      });
      await polls.poll();
      expect(await standingOf(sent)).toEqual(standing);
    },
  );

  it('is waited for, where somebody writes to the return, and not written over', async () => {
    const sent = await onBackup();
    upstream.knows.set(sent.backupId, { status: 'error' });
    const session = await stack.session();
    try {
      await session.query('BEGIN');
      await session.query('SELECT 1 FROM tax_returns WHERE id = $1 FOR NO KEY UPDATE', [sent.taxReturnId]);
      const polling = polls.poll();
      await eventually(async () => (await sessionsThatWait(stack)) === 1, { because: 'a poll that waits' });
      await session.query(`UPDATE submissions SET backup_status = 'accepted' WHERE backup_id = $1`, [
        sent.backupId,
      ]);
      await session.query('COMMIT');
      expect(await polling).toMatchObject({ rejected: 0 });
    } finally {
      session.release();
    }
    expect((await standingOf(sent))[0]).toBe('accepted');
  });
});

describe('several processes', () => {
  it('ask about each id once, if they begin at the same time', async () => {
    const all = await manyOnBackup(250);
    const other = (await stack.startWorkerHere()).get(PollService, { strict: false });
    const tallies = await Promise.all([polls.poll(), other.poll()]);
    await stack.stopWorkersHere();
    expect(tallies.filter((tally) => tally !== undefined)).toHaveLength(1);
    expect(upstream.asked.toSorted()).toEqual(all);
  });

  it('ask every UPSTREAM_EVERY between them', async () => {
    await manyOnBackup(1);
    const often = { UPSTREAM_EVERY: '2s' };
    let first = 0;
    upstream.next.push((ids, response) => {
      first = Date.now();
      upstream.tell(ids, response);
    });
    await Promise.all([1, 2, 3].map(() => stack.startWorkerHere(often)));
    await eventually(() => upstream.calls.length >= 3, { because: 'three polls' });
    const since = Date.now() - first;
    await stack.stopWorkersHere();
    // A first call that came a whole turn late is forgiven; three workers that each asked for themselves are not.
    expect(since).toBeGreaterThan(2_000);
  });

  it('go on at once where one that was stopped broke off', async () => {
    const all = await manyOnBackup(150);
    for (const id of all) upstream.knows.set(id, { status: 'accepted' });
    upstream.next.push(
      (ids, response) => upstream.tell(ids, response),
      () => undefined,
    );
    await stack.startWorkerHere({ UPSTREAM_EVERY: '100ms', UPSTREAM_TIMEOUT: '10m' });
    await eventually(() => upstream.calls.length === 2, { because: 'a call that hangs' });
    await stack.stopWorkersHere();
    expect(await undecided()).toEqual(all.slice(100));
    expect(await polls.poll({ every: 3_600_000 })).toMatchObject({ asked: 50, accepted: 50 });
    expect(await polls.poll({ every: 3_600_000 })).toBeUndefined();
  });

  it('repair what one leaves behind that dies with an answer in its hands', async () => {
    const sent = await onBackup();
    upstream.knows.set(sent.backupId, { status: 'accepted' });
    const settings = { UPSTREAM_EVERY: '100ms', UPSTREAM_TIMEOUT: '10m' };
    const { signal } = await stack.startWorker({ settings, crashAfter: 'upstream-answered' }).ended;
    expect([signal, upstream.calls]).toEqual(['SIGKILL', [[sent.backupId]]]);
    expect(await standingOf(sent)).toEqual([null, 'in-process']);
    expect(await polls.poll()).toBeUndefined();
    await stack.sql(`UPDATE poll_turns SET lease_until = now() - interval '1 second'`);
    await polls.poll({ every: 3_600_000 });
    expect(await standingOf(sent)).toEqual(['accepted', 'success']);
  });
});

describe('receipt poll', () => {
  it('asks and writes nothing with --dry-run, then does what it said', async () => {
    const [first = '', second = ''] = await manyOnBackup(2);
    upstream.knows.set(first, { status: 'vbms' }).set(second, { status: 'melted' });
    const dry = await call('--dry-run', '--json');
    expect([dry.code, JSON.parse(dry.stdout)]).toEqual([
      0,
      expect.objectContaining({ dryRun: true, accepted: 1, undecided: 1, strangeWords: { melted: 1 } }),
    ]);
    expect(await undecided()).toEqual([first, second]);
    const done = await receiptProcess(['poll'], settings());
    expect([done.code, done.stdout]).toEqual([0, expect.stringMatching(/^1 +were decided: accepted$/m)]);
    expect(await undecided()).toEqual([second]);
  });

  it('ends with 1 when not everybody could be asked, or somebody asks just then, and with 2 without an upstream', async () => {
    const [bad = ''] = await manyOnBackup(1);
    upstream.always = (_ids, response) => say(response, 400, {});
    expect(await call()).toMatchObject({ code: 1, stderr: expect.stringContaining(bad) });
    await stack.sql(`UPDATE poll_turns SET lease_until = now() + interval '1 minute'`);
    expect(await call()).toMatchObject({ code: 1, stderr: expect.stringContaining('just now') });
    const { DATABASE_URL = '', ENCRYPTION_KEYS = '' } = stack.environment;
    const answer = await receiptProcess(['poll'], { DATABASE_URL, ENCRYPTION_KEYS });
    expect(answer).toMatchObject({ code: 2, stderr: expect.stringContaining('UPSTREAM_URL') });
  });
});

async function onBackup({ age = 0 } = {}): Promise<Sent> {
  const sent = { ...(await aReturn(stack)), backupId: `B-${randomUUID()}` };
  await put(sent, { backup: { id: sent.backupId }, createdAt: new Date(Date.now() - age).toISOString() });
  return sent;
}

/** Their backup ids, in order. */
async function manyOnBackup(count: number): Promise<string[]> {
  const rows = await stack.sql<{ id: string }>(
    `WITH owner AS (INSERT INTO tax_returns (id) SELECT gen_random_uuid() FROM generate_series(1, $1) RETURNING id)
     INSERT INTO submissions (id, tax_return_id, backup_id, created_at) SELECT id, id, 'many-' || id, now() FROM owner
     RETURNING backup_id AS id`,
    [count],
  );
  return rows.map(({ id }) => id).toSorted();
}

/** Backup ids that wait for an answer, in order. */
async function undecided(): Promise<string[]> {
  const rows = await stack.sql<{ id: string }>(
    'SELECT backup_id AS id FROM submissions WHERE backup_id IS NOT NULL AND backup_status IS NULL AND receipt_id IS NULL',
  );
  return rows.map(({ id }) => id).toSorted();
}

/** What the backup path decided, and where the submission stands. */
async function standingOf({ submissionId }: Sent): Promise<[string | null, string]> {
  const { body } = await stack.api<{ backup: { status: string | null }; delivered: string }>(
    'GET',
    `/v1/submissions/${submissionId}`,
  );
  return [body.backup.status, body.delivered];
}

function put({ taxReturnId }: Sent, body: object) {
  return stack.api('PUT', `/v1/tax-returns/${taxReturnId}/submissions/s1`, body);
}

function remediate({ submissionId }: Sent, success: boolean) {
  return stack.api('POST', `/v1/submissions/${submissionId}/remediations`, {
    context: 'sent on paper',
    success,
  });
}

function named({ taxReturnId, submissionId }: Sent) {
  return { taxReturnId, submissionId };
}

function settings() {
  const { DATABASE_URL = '', ENCRYPTION_KEYS = '' } = stack.environment;
  return { DATABASE_URL, ENCRYPTION_KEYS, UPSTREAM_URL: upstream.url };
}

function call(...args: string[]) {
  return receipt(['poll', ...args], settings());
}
