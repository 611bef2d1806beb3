import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { beforeAll, describe, expect, it } from 'vitest';
import { aName, aReturn, aSuppression } from '../support/make.js';
import { Stack } from '../support/stack.js';
import { receipt } from '../support/terminal.js';
import { say, trailOf } from './mails.js';

let stack: Stack;
let settings: Record<string, string>;
beforeAll(async () => {
  stack = await Stack.start('terminal-lists', { worker: false });
  const { DATABASE_URL = '', ENCRYPTION_KEYS = '' } = stack.environment;
  settings = { DATABASE_URL, ENCRYPTION_KEYS };
});

const call = (...args: string[]) => receipt(args, settings);

/** Its lines without the titles. */
async function listed(...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await call('list', ...args);
  expect([code, stderr]).toEqual([0, '']);
  return stdout.split('\r\n').slice(1, -1);
}

describe('a list in the terminal', () => {
  it('has the mails that a filter finds', async () => {
    const [owner, other] = [await aReturn(stack), await aReturn(stack)];
    await say(stack, owner, 'rejected');
    await say(stack, other, 'rejected');
    const lines = await listed('mails', '--tax-return', owner.taxReturnId, '--template', 'rejected');
    expect(lines).toEqual([expect.stringContaining(`,${owner.taxReturnId},rejected,`)]);
  });

  it('has the submissions of a scope', async () => {
    const { submissionId } = await aReturn(stack);
    expect((await listed('submissions', '--scope', 'in-process')).join()).toContain(submissionId);
    expect(await listed('submissions')).toEqual([]);
  });

  it('has what is in quarantine', async () => {
    const stranger = aName();
    await say(stack, stranger, 'submitted');
    expect(await listed('quarantine')).toEqual([expect.stringContaining(stranger.taxReturnId)]);
  });

  it('has the suppressions, also those that were lifted', async () => {
    const held = await aSuppression(stack);
    const lifted = await aSuppression(stack);
    await call('suppressions', 'lift', lifted.id, '--reason', 'mended');
    const lines = await listed('suppressions');
    expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^${held.id},hard-bounce,.*Z,$`)));
    expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^${lifted.id},hard-bounce,.*Z,.*Z,.*Z$`)));
    expect(lines.join()).not.toContain('test.hash');
  });

  it('has what people did', async () => {
    await call('pause', 'rejected', '--reason', 'a wrong link');
    expect(await listed('trail')).toContainEqual(expect.stringMatching(/,pause,.*,a wrong link,/));
  });

  it('ends quietly when its reader has enough', async () => {
    await stack.sql(
      `INSERT INTO notifications (id, tax_return_id, template, occurrence, source, due_at)
       SELECT gen_random_uuid(), gen_random_uuid(), 'reminder-state', 'x', 'x', now() + interval '1 day' FROM generate_series(1, 2000)`,
    );
    const child = spawn(process.execPath, ['dist/apps/cli/src/main.js', 'list', 'mails'], {
      env: { PATH: process.env.PATH, ...settings },
    });
    let said = '';
    child.stderr.on('data', (part) => (said += String(part)));
    child.stdout.once('data', () => child.stdout.destroy());
    const [code] = (await once(child, 'close')) as [number];
    expect([code, said]).toEqual([0, '']);
  });

  it.each([
    ['no list', ['list'], 'suppressions'],
    ['no such state', ['list', 'mails', '--state', 'lost'], '--state takes queued'],
    ['no such scope', ['list', 'submissions', '--scope', 'all'], '--scope takes failure'],
  ])('says how it is to be called and ends with 2: %s', async (_what, args, said) => {
    expect(await call(...args)).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(said) });
  });
});

describe('suppressions in the terminal', () => {
  it('are those that hold, of all or of one tax return', async () => {
    const [one, other] = [await aSuppression(stack), await aSuppression(stack)];
    const all = await call('suppressions');
    expect([all.code, all.stdout]).toEqual([0, expect.stringMatching(/^ID +REASON +SINCE/)]);
    expect(all.stdout).toContain(one.id);
    expect(all.stdout).toContain(other.id);
    const ofOne = await call('suppressions', '--tax-return', one.taxReturnId, '--json');
    expect(JSON.parse(ofOne.stdout)).toEqual([expect.objectContaining(one)]);
    expect(ofOne.stdout).not.toContain('test.hash');
  });

  it('are lifted with a reason that stays, and are shown after that when all are asked for', async () => {
    const { id, taxReturnId } = await aSuppression(stack);
    const why = ['--reason', 'the mailbox was full', '--as', 'Ana'];
    const lifted = await call('suppressions', 'lift', id, ...why, '--json');
    expect([lifted.code, JSON.parse(lifted.stdout)]).toEqual([
      0,
      expect.objectContaining({ id, liftedAt: expect.any(String) }),
    ]);
    expect(await trailOf(stack, id)).toMatchObject([
      { actor: 'Ana', action: 'lift-suppression', reason: 'the mailbox was full' },
    ]);
    const ofReturn = ['suppressions', '--tax-return', taxReturnId];
    expect(await call(...ofReturn)).toEqual({ code: 0, stdout: '', stderr: 'No address is suppressed.\n' });
    expect((await call(...ofReturn, '--all')).stdout).toContain(id);
  });

  it('take a note, which stands in what people did', async () => {
    const { id } = await aSuppression(stack);
    expect((await call('note', 'suppression', id, 'asked the provider', '--as', 'Ana')).code).toBe(0);
    const { stdout } = await call('audit', '--kind', 'suppression', '--target', id);
    expect(stdout).toMatch(new RegExp(`Ana +note +suppression ${id} +asked the provider`));
  });

  it('end with 1 when there is none to lift, and with 2 without a reason', async () => {
    const unknown = await call('suppressions', 'lift', randomUUID(), '--reason', 'x');
    expect(unknown).toMatchObject({ code: 1, stderr: 'No suppression of this id is known.\n' });
    expect((await call('suppressions', 'lift', randomUUID())).code).toBe(2);
  });
});
