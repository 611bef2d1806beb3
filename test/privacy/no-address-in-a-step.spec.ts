import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { sendMailV1 } from '#apps/local/src/direct-file.messages.js';
import { BackupPolls } from '#libs/notifications/index.js';
import { onStep } from '#libs/platform/index.js';
import type { Step, StepFact } from '#libs/platform/index.js';
import { inText } from '../support/address.scan.js';
import { eventually } from '../support/eventually.js';
import { mailIn, say } from '../operate/mails.js';
import { aReturn, register, submitted } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { sesBounce } from '../support/ses.js';
import { Stack } from '../support/stack.js';
import { FakeUpstream } from '../support/upstream.js';

/** What a fact of each step says beside `step`, `id`, `ms` and `traceparent`; the compiler asks for a step that is new. */
const SAID: Record<Step, string[]> = {
  received: [],
  recorded: ['outcome'],
  enqueued: ['template'],
  acknowledged: [],
  claimed: ['template'],
  rendered: ['template'],
  opened: ['template', 'relay'],
  'data-began': ['template', 'relay'],
  'handed-over': ['template', 'relay', 'outcome', 'attempt', 'reason'],
  concluded: ['template', 'lane', 'outcome'],
  settled: ['template', 'lane', 'relay', 'outcome', 'sinceAsked'],
  'came-back': ['kind', 'reason'],
  'upstream-answered': ['outcome'],
  'round-ended': ['outcome'],
};

let upstream: FakeUpstream;
let stack: Stack;
const heard: StepFact[] = [];
beforeAll(async () => {
  upstream = await FakeUpstream.start();
  stack = await Stack.start('steps', { settings: { UPSTREAM_URL: upstream.url, UPSTREAM_TOKEN: 'shared' } });
  return onStep((fact) => heard.push(fact));
});

const of = <S extends Step>(step: S, { taxReturnId }: MadeReturn) =>
  stack
    .sql<{ id: string }>('SELECT id FROM notifications WHERE tax_return_id = $1', [taxReturnId])
    .then((rows) =>
      heard.filter(
        (fact): fact is StepFact & { step: S } => fact.step === step && rows.some(({ id }) => id === fact.id),
      ),
    );

describe('whoever listens to the steps', () => {
  it('hears of every step of a story with all that may go wrong, and of no address', async () => {
    const [told, refused, deferred, lost, sent, overtaken] = await Promise.all([
      aReturn(stack),
      aReturn(stack),
      aReturn(stack),
      aReturn(stack),
      aReturn(stack),
      aReturn(stack),
    ]);
    const parked = {
      taxReturnId: randomUUID(),
      submissionId: 'early',
      email: 'early@example.com',
      userId: 'u',
    };
    const quoting = ({ email }: MadeReturn) => ({
      to: email,
      text: `5.1.1 <${email}>: ${email} is not welcome`,
    });
    stack.mailbox.answer({ at: 'rcpt', code: 550, ...quoting(refused) });
    stack.mailbox.answer({ at: 'rcpt', code: 451, times: 1, ...quoting(deferred) });
    stack.mailbox.drop({ at: 'after-data', to: lost.email });

    await stack.api('POST', '/v1/pauses', { template: 'rejected', reason: overtaken.email });
    for (const status of ['rejected', 'submitted']) await say(stack, overtaken, status);
    for (const owner of [told, refused, parked]) await stack.put('confirmation', submitted(owner));
    await stack.put('confirmation', submitted(told));
    await stack.put('confirmation', JSON.stringify({ ...told, status: 'accepted@example.com' }));
    for (const { email, taxReturnId } of [deferred, lost])
      await stack.put(
        'sendMail',
        sendMailV1({ ACCEPTED: [{ to: email, taxReturnId, context: { note: email } }] }),
      );
    await stack.api(
      'POST',
      '/v1/submission-status',
      { taxReturnId: told.taxReturnId, submissionId: told.submissionId, status: 'accepted' },
      { 'idempotency-key': told.email },
    );
    const backupId = `backup-${sent.taxReturnId}`;
    await stack.api('PUT', `/v1/tax-returns/${sent.taxReturnId}/submissions/s1`, {
      backup: { id: backupId },
    });
    upstream.knows.set(backupId, { status: 'accepted', note: sent.email } as object as { status: string });
    await stack.app.get(BackupPolls, { strict: false }).poll();
    await mailIn(stack, overtaken, 'submitted', 'withheld');
    const { id } = await mailIn(stack, told, 'submitted', 'handed_over');
    await stack.api('POST', '/v1/receipts', sesBounce({ id, email: told.email }));
    await stack.api('DELETE', '/v1/pauses/rejected', { reason: 'mended' });
    await stack.idle();
    await register(stack, parked);
    await stack.idle();
    const acknowledged = () => heard.filter(({ step }) => step === 'acknowledged').length > 0;
    await eventually(acknowledged, { because: 'messages that are acknowledged' });

    expect(new Set(heard.map(({ step }) => step))).toEqual(new Set(Object.keys(SAID)));
    expect(heard.flatMap((fact) => inText(fact.step, JSON.stringify(fact)))).toEqual([]);
    for (const { step, id, ms, traceparent = '', ...said } of heard) {
      expect(traceparent).toMatch(/^(|00-[0-9a-f]{32}-[0-9a-f]{16}-0[01])$/);
      expect([step, Object.keys(said).sort()]).toEqual([step, SAID[step].toSorted()]);
      expect([typeof id, id === '', ms >= 0 && ms < 60_000]).toEqual(['string', false, true]);
    }
    expect(new Set(heard.flatMap((fact) => (fact.step === 'recorded' ? [fact.outcome] : [])))).toEqual(
      new Set(['applied', 'duplicate', 'refused', 'parked']),
    );
    const endings = (owner: MadeReturn) => Promise.all([of('handed-over', owner), of('settled', owner)]);
    const relay = new URL(stack.mailbox.url).host;
    for (const [owner, ...ends] of [
      [refused, ['refused'], ['failed']],
      [deferred, ['deferred', 'accepted'], ['queued', 'handed_over']],
      [lost, ['unknown'], ['unknown']],
    ] as const) {
      const facts = await endings(owner);
      expect(facts.map((some) => some.map(({ outcome }) => outcome))).toEqual(ends);
      expect(facts.flat().every((fact) => fact.relay === relay)).toBe(true);
    }
  });
});
