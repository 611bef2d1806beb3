import { beforeAll, describe, expect, it } from 'vitest';
import { aName, aReturn } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';
import { receipt, receiptProcess } from '../support/terminal.js';
import { arrivedFor, mailIn, say, trailOf } from './mails.js';
import type { ShownMail } from './mails.js';

let stack: Stack;
/** No relay, no queues of SQS: the terminal sends nothing. */
let settings: Record<string, string>;
beforeAll(async () => {
  stack = await Stack.start('operate-terminal');
  const { DATABASE_URL = '', ENCRYPTION_KEYS = '' } = stack.environment;
  settings = { DATABASE_URL, ENCRYPTION_KEYS };
});

async function failed(): Promise<{ owner: MadeReturn; mail: ShownMail }> {
  const owner = await aReturn(stack);
  stack.mailbox.answer({ at: 'rcpt', to: owner.email, code: 550, times: 1 });
  await say(stack, owner, 'rejected');
  return { owner, mail: await mailIn(stack, owner, 'rejected', 'failed') };
}

const call = (...args: string[]) => receipt(args, settings);
/** As it was built and is started: once for each command, since each is bundled by itself. */
const callBuilt = (...args: string[]) => receiptProcess(args, settings);

describe('the terminal of on-call', () => {
  it('finds who is untold, says why, dry-runs, re-sends, and hands over', async () => {
    const { owner, mail } = await failed();
    const status = await callBuilt('status');
    expect([status.code, status.stdout]).toEqual([
      1,
      expect.stringMatching(/^1 +\S+ \S+ +failed +recipient-refused +rejected +Ask the backend/m),
    ]);
    const why = await callBuilt('why', owner.taxReturnId);
    expect([why.code, why.stdout]).toEqual([
      0,
      expect.stringContaining('the relay refuses this recipient for good'),
    ]);
    const dry = await call('resend', '--state', 'failed', '--dry-run');
    expect([dry.code, dry.stdout]).toEqual([0, expect.stringContaining(mail.id)]);
    const done = await callBuilt(
      'resend',
      '--state',
      'failed',
      '--reason',
      'address mended',
      '--as',
      'Ana',
      '--json',
    );
    expect([done.code, JSON.parse(done.stdout)]).toEqual([
      0,
      expect.objectContaining({ matching: 1, openedAgain: 1 }),
    ]);
    await mailIn(stack, owner, 'rejected', 'handed_over');
    expect(arrivedFor(stack, owner)).toHaveLength(1);
    const audit = await callBuilt('audit', '--target', mail.id);
    expect(audit.stdout).toMatch(new RegExp(`Ana +resend +notification ${mail.id} +address mended`));
  });

  interface Stretch extends Record<'success' | 'in-process' | 'failure', number> {
    from: string;
  }

  it('shows over time who was not told, as the plots of the page do, without what is empty', async () => {
    const { mail } = await failed();
    const [asked] = await stack.sql<{ requested_at: Date }>(
      `UPDATE notifications SET requested_at = now() - interval '7 hours' WHERE id = $1 RETURNING requested_at`,
      [mail.id],
    );
    const hour = asked?.requested_at.toISOString().slice(0, 13) ?? '';
    const [table, json] = await Promise.all([
      call('status', '--over', '24h'),
      call('status', '--over', '24h', '--json'),
    ]);
    const [, told = '', delivered = ''] = table.stdout.split(/^(?:Was|Did) the .*$/m);
    expect(told).toMatch(new RegExp(`^${hour.replace('T', ' ')}:00 +0 +0 +1 +█{24}$`, 'm'));
    const { overTime } = JSON.parse(json.stdout) as { overTime: Record<'told' | 'delivered', Stretch[]> };
    const filled = [overTime.told, overTime.delivered].map(
      (stretches) => stretches.filter((one) => one.success + one['in-process'] + one.failure > 0).length,
    );
    expect([told, delivered].map((lines) => lines.match(/^2\d{3}-/gm)?.length)).toEqual(filled);
    expect(overTime.told.find(({ from }) => from.startsWith(hour))).toMatchObject({ failure: 1 });
    expect(overTime.delivered).toHaveLength(24);
  });

  it('obeys nothing that another server said, be it in a row from before such words were cleaned', async () => {
    const { owner, mail } = await failed();
    const said = '550 \u001b[2J\u009b31m\u0007no\nsuch user';
    await stack.sql('UPDATE deliveries SET response = $1 WHERE notification_id = $2', [said, mail.id]);
    const { stdout } = await call('why', owner.taxReturnId);
    expect(stdout).toContain(' [2J 31m no such user');
    expect(stdout).toMatch(/^[\P{Cc}\n]*$/u);
    const json = (await call('why', owner.taxReturnId, '--json')).stdout;
    expect(json).toMatch(/^[\P{Cc}\n]*$/u);
    expect(JSON.parse(json)).toMatchObject({ mails: [{ answer: expect.stringContaining(said) as unknown }] });
  });

  it('notes, and resolves what is unknown', async () => {
    const owner = await aReturn(stack);
    stack.mailbox.drop({ at: 'after-data', to: owner.email, keep: true });
    await say(stack, owner, 'rejected');
    const { id } = await mailIn(stack, owner, 'rejected', 'unknown');
    const arrived = ['resolve', id, 'arrived', '--reason', 'looked', '--evidence', 'queued as 4XyZ'];
    expect((await callBuilt('note', 'notification', id, 'ticket 8812')).code).toBe(0);
    expect((await callBuilt(...arrived)).code).toBe(0);
    expect(await mailIn(stack, owner, 'rejected', 'handed_over')).toMatchObject({ standing: 'success' });
    expect((await trailOf(stack, id)).map(({ action }) => action)).toEqual(['note', 'resolve-unknown']);
  });

  it('pauses and resumes', async () => {
    expect((await callBuilt('pause', 'rejected', '--reason', 'a wrong link')).code).toBe(0);
    expect((await call('pause')).stdout).toMatch(/^rejected .* a wrong link$/m);
    expect((await callBuilt('resume', 'rejected', '--reason', 'mended')).code).toBe(0);
  });

  it('shows what is in quarantine, and ends with 1 when a replay helped nothing', async () => {
    await say(stack, aName(), 'submitted');
    expect((await callBuilt('quarantine', 'list')).stdout).toContain('unknown-tax-return');
    expect((await call('quarantine', 'replay', '--kind', 'unmatched', '--reason', 'tried')).code).toBe(1);
    const [parked] = await stack.sql<{ id: string }>('SELECT id FROM quarantine');
    const dismiss = ['quarantine', 'dismiss', parked?.id ?? '', '--reason', 'of somebody else'];
    expect([(await call(...dismiss)).code, (await call(...dismiss)).code]).toEqual([0, 1]);
  });

  it.each([
    ['no filter', ['resend', '--reason', 'x'], 'Say which mails'],
    ['no reason', ['resend', '--state', 'failed'], 'Say why'],
    ['no such state', ['resend', '--state', 'lost', '--dry-run'], '--state takes queued'],
    [
      'no evidence',
      ['resolve', '0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11', 'arrived', '--reason', 'x'],
      '--evidence',
    ],
    ['no such span', ['status', '--over', '2h'], '--over takes 6h, 24h, 7d, 30d'],
    ['an address as name', ['pause', 'all', '--reason', 'x', '--as', 'a@b.example'], '--as takes'],
  ])('says how it is to be called and ends with 2: %s', async (_what, args, said) => {
    const answer = await call(...args);
    expect(answer).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(said) });
  });
});
