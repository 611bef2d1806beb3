import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { nextUndecided, BackupPolls } from '#libs/notifications/index.js';
import { PrismaService } from '#libs/platform/index.js';
import { found } from '../crash/found.js';
import { aReturn } from '../support/make.js';
import type { Stack } from '../support/stack.js';
import { FakeUpstream, say } from '../support/upstream.js';
import { BackupPath } from './backup.path.js';
import type { Sent } from './backup.path.js';

const day = 86_400_000;

let backup: BackupPath;
let upstream: FakeUpstream;
let stack: Stack;
let polls: BackupPolls;
beforeAll(async () => {
  backup = await BackupPath.start('poll');
  ({ upstream, stack, polls } = backup);
});
beforeEach(() => backup.reset());

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
    const sent = await backup.onBackup();
    upstream.knows.set(sent.backupId, { status, final_status });
    await polls.poll();
    expect(upstream.calls).toEqual([[sent.backupId]]);
    expect(await backup.standingOf(sent)).toEqual([decided, delivered]);
  });

  it('once, with a word in the timeline that nobody can change, and without a mail or a remediation', async () => {
    const sent = await backup.onBackup();
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
    const all = await backup.manyOnBackup(3);
    for (const id of all) upstream.knows.set(id, { status: 'sent to ana@example.com' });
    const before = stack.log().length;
    expect(await polls.poll()).toMatchObject({ undecided: 3, strangeWords: { 'sent to [address]': 3 } });
    expect(
      stack
        .log()
        .slice(before)
        .match(/words that nobody knows/g),
    ).toHaveLength(1);
    expect(await backup.undecided()).toEqual(all);
  });
});

describe('who is asked about', () => {
  it('is everybody, in batches of 100, each once, with the token', async () => {
    const all = await backup.manyOnBackup(250);
    await polls.poll();
    expect(upstream.calls.map(({ length }) => length)).toEqual([100, 100, 50]);
    expect(upstream.asked.toSorted()).toEqual(all);
    expect(upstream.authorization).toBe('Bearer shared-with-them');
  });

  it('is nobody, and so no call, when everything is decided, acknowledged or never went there', async () => {
    await aReturn(stack);
    const [accepted, taken, confirmed] = [
      await backup.onBackup(),
      await backup.onBackup(),
      await backup.onBackup(),
    ];
    await backup.put(accepted, { backup: { id: accepted.backupId, status: 'accepted' } });
    await backup.put(taken, { receiptId: 'R1' });
    await stack.api('POST', '/v1/submission-status', { ...named(confirmed), status: 'submitted' });
    expect(await polls.poll()).toMatchObject({ asked: 0 });
    expect(upstream.calls).toEqual([]);
  });

  it('is also who is past the time box, and may become a success still', async () => {
    const sent = await backup.onBackup({ age: 90 * day });
    expect(await backup.standingOf(sent)).toEqual([null, 'failure']);
    upstream.knows.set(sent.backupId, { status: 'success' });
    await polls.poll();
    expect(await backup.standingOf(sent)).toEqual(['accepted', 'success']);
  });

  it.each([[[false]], [[true]], [[false, true, false]]])(
    'is also who has remediations, whether they succeeded or not: %p',
    async (remediations) => {
      const sent = await backup.onBackup();
      for (const success of remediations) await backup.remediate(sent, success);
      upstream.knows.set(sent.backupId, { status: 'accepted' });
      await polls.poll();
      expect(await backup.standingOf(sent)).toEqual(['accepted', 'success']);
    },
  );

  it('is found by an index that holds no others', async () => {
    await backup.manyOnBackup(3);
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
    const sent = await backup.onBackup();
    upstream.knows.set(sent.backupId, { status: 'accepted' });
    upstream.next.push(answering);
    const before = stack.log().length;
    expect(await polls.poll()).toMatchObject({ asked: 1, failed: 1, gaveUp: false });
    expect(stack.log().slice(before)).toContain(`"why":"${why}"`);
    expect(await backup.standingOf(sent)).toEqual([null, 'in-process']);
    await polls.poll();
    expect(await backup.standingOf(sent)).toEqual(['accepted', 'success']);
  });

  it('of one batch keeps the next ones from nothing', async () => {
    const all = await backup.manyOnBackup(250);
    for (const id of all) upstream.knows.set(id, { status: 'accepted' });
    upstream.next.push((_ids, response) => say(response, 500, {}));
    expect(await polls.poll()).toMatchObject({ asked: 250, failed: 100, accepted: 150 });
    expect(await backup.undecided()).toEqual(all.slice(0, 100));
  });

  it('three times in a row ends the run; the next begins behind it and comes round to everybody', async () => {
    const all = await backup.manyOnBackup(450);
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
    const [bad = '', ...good] = await backup.manyOnBackup(5);
    upstream.next.push((_ids, response) => {
      const data = good.map((id) => ({ id, attributes: { status: 'accepted' } }));
      say(response, 200, {
        data: [stray && { ...stray, id: stray.id === 'its own' ? bad : stray.id }, ...data],
      });
    });
    expect(await polls.poll()).toMatchObject({ accepted: 4, missing: 1, strayEntries: 1 });
    expect(await backup.undecided()).toEqual([bad]);
  });
});

describe('an id that the upstream refuses', () => {
  it('keeps the other 99 of its batch from nothing, is named, and asked again', async () => {
    const all = await backup.manyOnBackup(150);
    const bad = all[41] ?? '';
    for (const id of all) upstream.knows.set(id, { status: 'vbms' });
    upstream.always = (ids, response) =>
      ids.includes(bad) ? say(response, 422, {}) : upstream.tell(ids, response);
    expect(await polls.poll()).toMatchObject({ asked: 150, accepted: 149, refused: 1, refusedIds: [bad] });
    expect(await backup.undecided()).toEqual([bad]);
    upstream.always = undefined;
    expect(await polls.poll()).toMatchObject({ accepted: 1 });
  });

  it('is not looked for when it is us that are refused', async () => {
    await backup.manyOnBackup(5);
    upstream.always = (_ids, response) => say(response, 401, {});
    expect(await polls.poll()).toMatchObject({ failed: 5, refused: 0 });
    expect(upstream.calls).toHaveLength(1);
  });

  it('is not looked for without end when all are refused', async () => {
    await backup.manyOnBackup(450);
    upstream.always = (_ids, response) => say(response, 404, {});
    expect(await polls.poll()).toMatchObject({ refused: 300, gaveUp: true });
  });
});

function named({ taxReturnId, submissionId }: Sent) {
  return { taxReturnId, submissionId };
}
