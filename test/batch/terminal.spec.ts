import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { trailOf } from '../operate/mails.js';
import { aFailed, batchNow } from '../support/batches.js';
import { aName, aReturn } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { runFolder } from '../support/run-folder.js';
import { Stack } from '../support/stack.js';
import { receipt, receiptAsked } from '../support/terminal.js';

let stack: Stack;
/** No relay, no queues of SQS: the terminal sends nothing. */
let settings: Record<string, string>;
beforeAll(async () => {
  stack = await Stack.start('batch-terminal', {
    settings: { BATCH_APPROVAL_ABOVE: '6', BATCH_ON_THE_WAY: '2' },
  });
  const { DATABASE_URL = '', ENCRYPTION_KEYS = '' } = stack.environment;
  settings = { DATABASE_URL, ENCRYPTION_KEYS };
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(runFolder(), 'lists-'));
});

const call = (...args: string[]) => receipt(args, settings);
/** At whichever machine somebody sits. */
const at = (name: string) => ({
  acts: (...args: string[]) => call('batch', ...args, '--as', name, '--reason', `${name} says so`),
  looks: (...args: string[]) => call('batch', ...args),
  /** At a screen: sees it, and says yes. */
  approves: (id: string, answer = 'yes') =>
    receiptAsked(
      ['batch', 'approve', id, '--as', name, '--reason', `${name} looked at it`],
      settings,
      answer,
    ),
});

function aFile(...lines: string[]): string {
  const file = join(folder, 'list.csv');
  writeFileSync(file, lines.join('\n'));
  return file;
}

const idIn = (said: string) => /^Batch (\S+):/m.exec(said)?.[1] ?? '';
const idsOf = (returns: MadeReturn[]) => returns.map(({ taxReturnId }) => taxReturnId);

async function severalFailed(many: number): Promise<MadeReturn[]> {
  const failed: MadeReturn[] = [];
  while (failed.length < many) failed.push(await aFailed(stack));
  return failed;
}

const ERROR_RESOLVED = ['--action', 'error-resolved'];

describe('whoever approves a batch at the terminal', () => {
  async function aLargeOne(): Promise<string> {
    const ids = [...idsOf(await severalFailed(3)), ...Array.from({ length: 4 }, () => aName().taxReturnId)];
    return idIn((await at('Ana').acts(aFile(...ids), ...ERROR_RESOLVED)).stdout);
  }

  it('sees its report and three of its mails, and is asked', async () => {
    const id = await aLargeOne();
    const no = await at('Ben').approves(id, 'no');
    expect(no).toMatchObject({ code: 1, stderr: expect.stringContaining('Nothing was approved.') });
    expect(no.stdout).toMatch(/^3 +will be run$/m);
    expect(no.stdout.match(/^MAIL \d OF 3, to the owner of /gm)).toHaveLength(3);
    expect(no.stdout.match(/^Action needed: submit/gm)).toHaveLength(3);
    expect(no.stdout).not.toMatch(/@example/);
    expect((await batchNow(stack, id)).state).toBe('awaiting-approval');
    expect(await at('Ben').approves(id)).toMatchObject({ code: 0 });
    expect(await batchNow(stack, id)).toMatchObject({ state: 'validated', approvedBy: 'Ben' });
  });

  it('without a screen names what was seen in a call before', async () => {
    const id = await aLargeOne();
    const looked = await at('Ben').acts('approve', id);
    expect(looked).toMatchObject({ code: 1, stdout: expect.stringContaining('MAIL 3 OF 3') });
    const seen = /--seen (\w+)/.exec(looked.stderr)?.[1] ?? '';
    expect(await at('Ben').acts('approve', id, '--seen', '0'.repeat(16))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not what it would send'),
    });
    expect(await at('Ben').acts('approve', id, '--seen', seen)).toMatchObject({ code: 0, stdout: '' });
    expect(await trailOf(stack, id)).toContainEqual(
      expect.objectContaining({ actor: 'Ben', after: { state: 'validated', seen } }),
    );
  });

  it('reads no mails only to hear that another person has to', async () => {
    const id = await aLargeOne();
    const own = await at('Ana').approves(id);
    expect(own).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('Another person') });
    const foreseen = await at('Ana').acts('approve', id, '--dry-run');
    expect(foreseen).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Would be refused: You made'),
    });
    const ben = await at('Ben').acts('approve', id, '--dry-run');
    expect([ben.code, ben.stdout]).toEqual([0, 'It is awaiting approval, and would be validated.\n']);
  });
});

describe('a dry run of a list', () => {
  it('reports and leaves nothing that somebody could start by mistake; then the same list may be run', async () => {
    const [one] = await severalFailed(1);
    const file = aFile(one?.taxReturnId ?? '');
    const dry = await call('batch', file, ...ERROR_RESOLVED, '--dry-run');
    expect(dry).toMatchObject({ code: 0, stderr: expect.stringContaining('Nothing was done') });
    expect(dry.stdout).toMatch(/^1 +will be run$/m);
    const id = idIn(dry.stdout);
    expect(await batchNow(stack, id)).toMatchObject({ state: 'aborted', reason: 'dry-run', applied: 0 });
    const shown = await call('batch', 'show', id);
    expect(shown.stdout).toContain('It was a dry run: it ended with its report, and nothing was done.');
    expect(shown.stdout).not.toContain('Somebody ended it');
    expect(await at('Ana').acts('start', id)).toMatchObject({ code: 1 });
    const real = await at('Ana').acts(file, ...ERROR_RESOLVED, '--start');
    expect(real).toMatchObject({ code: 0, stdout: expect.stringMatching(/^1 +was run$/m) });
  });

  it('of which nobody would be told ends with 1, and does not count as a run of that list', async () => {
    const never = await aReturn(stack);
    const file = aFile(never.taxReturnId);
    const dry = await call('batch', file, ...ERROR_RESOLVED, '--dry-run', '--json');
    expect(dry).toMatchObject({ code: 1, stderr: expect.stringContaining('No row of the list can be run.') });
    expect(JSON.parse(dry.stdout)).toMatchObject({ dryRun: true, counts: { 'not-affected': 1, ready: 0 } });
    const real = await at('Ana').acts(file, ...ERROR_RESOLVED);
    expect(real.stderr).toContain('No row of the list can be run.');
  });
});

describe('a list', () => {
  it('that was run before does nothing, and names the first run', async () => {
    const [one] = await severalFailed(1);
    const file = aFile(one?.taxReturnId ?? '');
    const first = await at('Ana').acts(file, ...ERROR_RESOLVED, '--start', '--rate', '5');
    const again = await at('Ben').acts(file, ...ERROR_RESOLVED);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining(idIn(first.stdout)) });
    expect(again.stdout).toContain(`receipt batch show ${idIn(first.stdout)}`);
    expect(await trailOf(stack, idIn(first.stdout))).toContainEqual(
      expect.objectContaining({ action: 'pace-batch', after: { rate: 5 } }),
    );
  });

  it('may be what the service itself knows', async () => {
    const [one, two] = await severalFailed(2);
    await stack.sql(
      `UPDATE submission_events SET incident = 'INC-9' WHERE type = 'error_mef' AND submission_uuid IN
         (SELECT id FROM submissions WHERE tax_return_id = ANY($1::uuid[]))`,
      [[one?.taxReturnId, two?.taxReturnId]],
    );
    const found = await at('Ana').acts('run', ...ERROR_RESOLVED, '--of-incident', 'INC-9', '--since', '1h');
    expect(found).toMatchObject({ code: 0, stdout: expect.stringMatching(/^2 +will be run$/m) });
    expect(found.stdout).toContain('2 rows from a filter');
    expect(await at('Ben').acts('rate', idIn(found.stdout), 'none', '--dry-run')).toMatchObject({
      code: 0,
      stdout: 'It would run as fast as its mails go; now it runs as fast as its mails go.\n',
    });
  });

  it('of which somebody could not be told ends with 1, and says how to look for them', async () => {
    const [one, two] = await severalFailed(2);
    stack.mailbox.answer({ at: 'rcpt', to: two?.email ?? '', code: 550, times: 1 });
    const file = aFile(one?.taxReturnId ?? '', two?.taxReturnId ?? '');
    const ran = await at('Ana').acts(file, ...ERROR_RESOLVED, '--start');
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('1 of its mails') });
    expect(ran.stdout).toMatch(/^1 +told\n1 +failed or came back/m);
    expect(ran.stdout).toContain('receipt resend --batch');
  });
});

describe('whoever calls it wrongly', () => {
  it.each([
    ['says no action', ['x.csv'], 'Say what is done for each of them: --action error-resolved'],
    ['says another action', ['x.csv', '--action', 'mail'], '--action takes error-resolved'],
    ['says neither list nor filter', ERROR_RESOLVED, 'Say which returns, in one way'],
    ['says both', ['x.csv', ...ERROR_RESOLVED, '--template', 'rejected'], 'Say which returns, in one way'],
    ['means everybody', [...ERROR_RESOLVED, '--since', '2h'], 'everybody would be on the list'],
    ['names no template', [...ERROR_RESOLVED, '--template', 'x'], '--template is no template.'],
    ['names no state', ['x.csv', '--action', 'reminder-state'], '--state goes with reminder-state'],
    ['starts a dry run', ['x.csv', ...ERROR_RESOLVED, '--dry-run', '--start'], '--dry-run or --start'],
    ['gives no reason', ['show-no-such-file', ...ERROR_RESOLVED], 'Say why: --reason'],
    ['names a folder that can be none', ['x.csv', ...ERROR_RESOLVED, '--dry-run', '--results', '/dev/null/x'], 'The results cannot be written there'],
    ['gives no id', ['show', 'x'], 'The id of a batch is a UUID'],
  ])('and %s is told how, before anything is opened', async (_how, args, words) => {
    expect(await receipt(['batch', ...args], {})).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
  }); // prettier-ignore

  it.each(['show', 'watch', 'results', 'remaining'])('asks for what is not there: %s', async (what) => {
    const out = join(folder, 'none.csv');
    const answer = await call('batch', what, aName().taxReturnId, ...(what[0] === 'r' ? ['--out', out] : []));
    expect(answer).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('no batch of this id'),
    });
    expect(existsSync(out)).toBe(false);
  });
});
