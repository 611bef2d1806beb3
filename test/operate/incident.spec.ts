import { beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { manyReturns } from '../support/make.many.js';
import type { MadeReturn } from '../support/make.js';
import { incident } from '../support/sizes.js';
import { Stack } from '../support/stack.js';
import { receipt } from '../support/terminal.js';
import type { TerminalAnswer } from '../support/terminal.js';
import { arrivedFor, mailsOf } from './mails.js';

/** As docs/incident.md tells it. An hour of refusals is two tries here: the settings are as short as the test. */
const FAILED = incident.failed;
const UNKNOWN = 6;
const OVERTAKEN = 2;

interface Counts {
  total: number;
  success: number;
  inProcess: number;
  failure: number;
}

let stack: Stack;
let failed: MadeReturn[];
let unknown: MadeReturn[];
/** Rejected and then accepted, while no mail goes out. */
let overtaken: MadeReturn[];
beforeAll(async () => {
  stack = await Stack.start('incident', {
    settings: { RETRY_MAX_ATTEMPTS: '2', RETRY_BASE: '20ms', RETRY_CEILING: '50ms' },
  });
  const owners = await manyReturns(stack, FAILED + UNKNOWN + OVERTAKEN);
  unknown = owners.slice(0, UNKNOWN);
  overtaken = owners.slice(UNKNOWN, UNKNOWN + OVERTAKEN);
  failed = owners.slice(UNKNOWN + OVERTAKEN);
});

async function sayOfAll(owners: MadeReturn[], status: string): Promise<void> {
  await stack.api(
    'POST',
    '/v1/submission-status',
    owners.map(({ taxReturnId, submissionId }) => ({ taxReturnId, submissionId, status })),
  );
}

async function lines(filter = ''): Promise<number> {
  const { body } = await stack.api<string>('GET', `/v1/notifications.csv${filter}`);
  return body.trim().split('\r\n').length - 1;
}

async function counts(): Promise<Counts> {
  const [total, success, inProcess, failure] = await Promise.all(
    ['', '?standing=success', '?standing=in-process', '?standing=failure'].map(lines),
  );
  return { total, success, inProcess, failure } as Counts;
}

/** On-call sits at the terminal. */
function oncall(...args: string[]): Promise<TerminalAnswer> {
  const { DATABASE_URL = '', ENCRYPTION_KEYS = '' } = stack.environment;
  return receipt([...args, ...(acts.includes(args[0] ?? '') ? ['--as', 'Ana'] : [])], {
    DATABASE_URL,
    ENCRYPTION_KEYS,
  });
}
const acts = ['resend', 'resolve', 'note', 'pause', 'resume'];

const settled = () =>
  eventually(
    async () => {
      const [row] = await stack.sql<{ open: number }>(
        `SELECT count(*)::int AS open FROM notifications WHERE state IN ('queued', 'sending')`,
      );
      return row?.open === 0;
    },
    { because: 'settled mails' },
  );

/** At the terminal, or as a page does it. */
async function resolve(id: string, evidence: string | undefined, atTerminal: boolean): Promise<boolean> {
  const reason = 'looked into the log of the relay';
  const resolution = evidence ? 'arrived' : 'send-again';
  if (atTerminal) {
    const shown = evidence ? ['--evidence', evidence] : [];
    return (await oncall('resolve', id, resolution, ...shown, '--reason', reason)).code === 0;
  }
  const body = { resolution, evidence, reason };
  return (await stack.api('POST', `/v1/notifications/${id}/resolution`, body)).status === 200;
}

describe('the relay refuses for an hour', () => {
  it('1: some are lost in conversation, then everything is refused: all of them count as untold', async () => {
    for (const [index, { email }] of unknown.entries())
      stack.mailbox.drop({ at: 'after-data', to: email, keep: index % 2 === 0 });
    await sayOfAll(unknown, 'rejected');
    await settled();
    stack.mailbox.answer({ at: 'mail', code: 554, text: '5.7.1 this client is not permitted' });
    await sayOfAll([...overtaken, ...failed], 'rejected');
    await settled();
    await sayOfAll(overtaken, 'accepted');
    await settled();
    const total = FAILED + UNKNOWN + 2 * OVERTAKEN;
    expect(await counts()).toEqual({ total, success: 0, inProcess: 0, failure: total });
  });

  it('2: on-call finds them in one look, and reads why', async () => {
    const { code, stdout } = await oncall('status');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      new RegExp(`^${FAILED + 2 * OVERTAKEN} .* failed +too-many-tries +accepted, rejected `, 'm'),
    );
    expect(stdout).toMatch(new RegExp(`^${UNKNOWN} .* unknown +lost-after-data +rejected `, 'm'));
    const why = await oncall('why', failed[0]?.taxReturnId ?? '');
    expect(why.stdout).toContain('the relay does not serve us, whoever the recipient');
    expect(why.stdout).toContain('5.7.1 this client is not permitted');
    const [mail] = await mailsOf(stack, failed[0] as MadeReturn);
    expect(
      (await oncall('note', 'notification', mail?.id ?? '', 'relay team called, incident 4711')).code,
    ).toBe(0);
  });

  it('3: the relay is mended; a dry run says what a re-send would do, and a cap stops what is too much', async () => {
    // The rules of the relay end; what it took stays.
    const taken = [...stack.mailbox.mails];
    stack.mailbox.clear();
    stack.mailbox.mails.push(...taken);
    const dry = await oncall('resend', '--state', 'failed', '--dry-run', '--json');
    expect(JSON.parse(dry.stdout)).toMatchObject({
      matching: FAILED + 2 * OVERTAKEN,
      openedAgain: FAILED + OVERTAKEN,
      leftOut: [{ why: 'superseded', mails: OVERTAKEN }],
    });
    const capped = await oncall('resend', '--state', 'failed', '--cap', '100', '--reason', 'relay mended');
    expect([capped.code, capped.stderr]).toEqual([
      1,
      expect.stringContaining(`${FAILED + OVERTAKEN} mails would be sent again`),
    ]);
    expect(await counts()).toMatchObject({ success: 0, inProcess: 0 });
  });

  it('4: the re-send tells everybody who was refused, and settles what is no longer true', async () => {
    const sent = await oncall(
      'resend',
      '--state',
      'failed',
      '--cap',
      '600',
      '--reason',
      'relay mended, incident 4711',
      '--json',
    );
    expect([sent.code, JSON.parse(sent.stdout)]).toEqual([
      0,
      expect.objectContaining({ openedAgain: FAILED + OVERTAKEN }),
    ]);
    const meanwhile = await counts();
    expect(meanwhile.success + meanwhile.inProcess + meanwhile.failure).toBe(meanwhile.total);
    await settled();
    const total = FAILED + UNKNOWN + 2 * OVERTAKEN;
    expect(await counts()).toEqual({ total, success: total - UNKNOWN, inProcess: 0, failure: UNKNOWN });
    expect((await oncall('resend', '--state', 'failed', '--reason', 'once more')).stderr).toContain(
      'finds no mail',
    );
  });

  it('5: what is unknown is looked up in the log of the relay, one by one', async () => {
    for (const [index, owner] of unknown.entries()) {
      const [mail] = await mailsOf(stack, owner);
      // The log of this relay is what it has.
      const evidence = arrivedFor(stack, owner).length > 0 ? `log line ${index}: queued` : undefined;
      expect(await resolve(mail?.id ?? '', evidence, index < 2)).toBe(true);
    }
    await settled();
    expect(await counts()).toMatchObject({ inProcess: 0, failure: 0 });
    expect(await oncall('status')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Nobody waits'),
    });
  });

  it('6: every taxpayer was told once, and what they were told is true', () => {
    const everybody = [...failed, ...unknown, ...overtaken];
    expect(everybody.filter((owner) => arrivedFor(stack, owner).length !== 1)).toEqual([]);
    expect(stack.mailbox.mails).toHaveLength(everybody.length);
    for (const owner of overtaken) expect(arrivedFor(stack, owner)[0]?.subject).toMatch(/accepted/i);
  });

  it('7: the trail tells the story to whoever takes over', async () => {
    const story = await stack.sql<{ action: string; mails: number; why: string }>(
      `SELECT action, count(*)::int AS mails, min(reason) AS why FROM audit_trail GROUP BY action ORDER BY action`,
    );
    const mended = 'relay mended, incident 4711';
    expect(story).toEqual([
      { action: 'note', mails: 1, why: 'relay team called, incident 4711' },
      { action: 'resend', mails: FAILED + OVERTAKEN, why: mended },
      { action: 'resolve-unknown', mails: UNKNOWN, why: 'looked into the log of the relay' },
      { action: 'withhold', mails: OVERTAKEN, why: mended },
    ]);
    const { stdout } = await oncall('audit', '--csv');
    expect(stdout.trim().split('\r\n')).toHaveLength(1 + 1 + OVERTAKEN + FAILED + OVERTAKEN + UNKNOWN);
  });
});
