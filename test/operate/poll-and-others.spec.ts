import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BackupPolls } from '#libs/notifications/index.js';
import { sessionsThatWait } from '../crash/found.js';
import { eventually } from '../support/eventually.js';
import type { Stack } from '../support/stack.js';
import { receipt, receiptProcess } from '../support/terminal.js';
import { FakeUpstream, say } from '../support/upstream.js';
import { BackupPath } from './backup.path.js';
import type { Sent } from './backup.path.js';

let backup: BackupPath;
let upstream: FakeUpstream;
let stack: Stack;
let polls: BackupPolls;
beforeAll(async () => {
  backup = await BackupPath.start('poll-and-others');
  ({ upstream, stack, polls } = backup);
});
beforeEach(() => backup.reset());

describe('what happens while the upstream is asked', () => {
  it.each<[string, string, (sent: Sent) => Promise<unknown>, [string | null, string]]>([
    [
      'accepted',
      'error',
      (sent) => backup.put(sent, { backup: { id: sent.backupId, status: 'accepted' } }),
      ['accepted', 'success'],
    ],
    ['given a receipt', 'error', (sent) => backup.put(sent, { receiptId: 'R1' }), [null, 'success']],
    ['remediated', 'error', (sent) => backup.remediate(sent, true), ['rejected', 'success']],
    ['remediated in vain', 'vbms', (sent) => backup.remediate(sent, false), ['accepted', 'success']],
  ])(
    'takes nothing from who is %s meanwhile, when the answer is %s',
    async (_what, word, meanwhile, standing) => {
      const sent = await backup.onBackup();
      upstream.knows.set(sent.backupId, { status: word });
      upstream.next.push(async (ids, response) => {
        await meanwhile(sent);
        upstream.tell(ids, response);
      });
      await polls.poll();
      expect(await backup.standingOf(sent)).toEqual(standing);
    },
  );

  it('is waited for, where somebody writes to the return, and not written over', async () => {
    const sent = await backup.onBackup();
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
    expect((await backup.standingOf(sent))[0]).toBe('accepted');
  });
});

describe('several processes', () => {
  it('ask about each id once, if they begin at the same time', async () => {
    const all = await backup.manyOnBackup(250);
    const other = (await stack.startWorkerHere()).get(BackupPolls, { strict: false });
    const tallies = await Promise.all([polls.poll(), other.poll()]);
    await stack.stopWorkersHere();
    expect(tallies.filter((tally) => tally !== undefined)).toHaveLength(1);
    expect(upstream.asked.toSorted()).toEqual(all);
  });

  it('ask every UPSTREAM_EVERY between them', async () => {
    await backup.manyOnBackup(1);
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
    const all = await backup.manyOnBackup(150);
    for (const id of all) upstream.knows.set(id, { status: 'accepted' });
    upstream.next.push(
      (ids, response) => upstream.tell(ids, response),
      () => undefined,
    );
    await stack.startWorkerHere({ UPSTREAM_EVERY: '100ms', UPSTREAM_TIMEOUT: '10m' });
    await eventually(() => upstream.calls.length === 2, { because: 'a call that hangs' });
    await stack.stopWorkersHere();
    expect(await backup.undecided()).toEqual(all.slice(100));
    expect(await polls.poll({ every: 3_600_000 })).toMatchObject({ asked: 50, accepted: 50 });
    expect(await polls.poll({ every: 3_600_000 })).toBeUndefined();
  });

  it('repair what one leaves behind that dies with an answer in its hands', async () => {
    const sent = await backup.onBackup();
    upstream.knows.set(sent.backupId, { status: 'accepted' });
    const settings = { UPSTREAM_EVERY: '100ms', UPSTREAM_TIMEOUT: '10m' };
    const { signal } = await stack.startWorker({ settings, crashAfter: 'upstream-answered' }).ended;
    expect([signal, upstream.calls]).toEqual(['SIGKILL', [[sent.backupId]]]);
    expect(await backup.standingOf(sent)).toEqual([null, 'in-process']);
    expect(await polls.poll()).toBeUndefined();
    await stack.sql(`UPDATE poll_turns SET lease_until = now() - interval '1 second'`);
    await polls.poll({ every: 3_600_000 });
    expect(await backup.standingOf(sent)).toEqual(['accepted', 'success']);
  });
});

describe('receipt poll', () => {
  it('asks and writes nothing with --dry-run, then does what it said', async () => {
    const [first = '', second = ''] = await backup.manyOnBackup(2);
    upstream.knows.set(first, { status: 'vbms' }).set(second, { status: 'melted' });
    const dry = await call('--dry-run', '--json');
    expect([dry.code, JSON.parse(dry.stdout)]).toEqual([
      0,
      expect.objectContaining({
        dryRun: true,
        backup: expect.objectContaining({ accepted: 1, undecided: 1, strangeWords: { melted: 1 } }) as object,
      }),
    ]);
    expect(await backup.undecided()).toEqual([first, second]);
    const done = await receiptProcess(['poll'], settings());
    expect([done.code, done.stdout]).toEqual([0, expect.stringMatching(/^1 +was decided: accepted$/m)]);
    expect(await backup.undecided()).toEqual([second]);
  });

  it('ends with 1 when not everybody could be asked, or somebody asks just then, and with 2 without an upstream', async () => {
    const [bad = ''] = await backup.manyOnBackup(1);
    upstream.always = (_ids, response) => say(response, 400, {});
    expect(await call()).toMatchObject({ code: 1, stderr: expect.stringContaining(bad) });
    await stack.sql(`UPDATE poll_turns SET lease_until = now() + interval '1 minute'`);
    expect(await call()).toMatchObject({ code: 1, stderr: expect.stringContaining('just now') });
    const { DATABASE_URL = '', ENCRYPTION_KEYS = '' } = stack.environment;
    const answer = await receiptProcess(['poll'], { DATABASE_URL, ENCRYPTION_KEYS });
    expect(answer).toMatchObject({ code: 2, stderr: expect.stringContaining('UPSTREAM_URL') });
  });
});

function settings() {
  const { DATABASE_URL = '', ENCRYPTION_KEYS = '' } = stack.environment;
  return { DATABASE_URL, ENCRYPTION_KEYS, UPSTREAM_URL: upstream.url };
}

function call(...args: string[]) {
  return receipt(['poll', ...args], settings());
}
