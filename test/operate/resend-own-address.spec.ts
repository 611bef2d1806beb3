import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { sendMailV1 } from '#apps/local/src/direct-file.messages.js';
import { aReturn } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { sesBounce } from '../support/ses.js';
import { Stack } from '../support/stack.js';
import { mailsOf, trailOf } from './mails.js';
import type { ShownMail } from './mails.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('resend-own-address');
});

describe('a mail whose caller gave it an address of its own', () => {
  it('reaches the registered one by a re-send, once its own bounced for good; why says so before', async () => {
    const { owner, to, mail } = await asked();
    await stack.api('POST', '/v1/receipts', sesBounce({ id: mail.id, email: to }));
    expect(await storyOf(owner)).toContain('A re-send goes to the one that is registered for the return.');
    const filter = { ids: [mail.id] };
    const would = { matching: 1, madeNew: 1, toRegistered: 1, leftOut: [] };
    expect(await resends({ filter, dryRun: true })).toMatchObject(would);
    expect(await resends({ filter, reason: 'they moved' })).toMatchObject(would);
    await stack.idle();
    expect(arrivedAt(owner.email)).toHaveLength(1);
    expect((await mailsOf(stack, owner)).map(({ standing }) => standing)).toEqual(['success', 'success']);
    expect(await trailOf(stack, mail.id)).toMatchObject([
      { action: 'resend', after: { to: 'the address registered for the return' } },
    ]);
  });

  it('reaches the registered one by a re-send, once the relay refused its own for good', async () => {
    const { owner, to, mail } = await asked(550);
    expect(mail).toMatchObject({ state: 'failed', reason: 'recipient-refused' });
    stack.mailbox.answer({ at: 'rcpt', to, code: 550, text: '5.1.1 still not here' });
    expect((await resend(mail)).status).toBe(202);
    await stack.idle();
    expect(arrivedAt(owner.email)).toHaveLength(1);
    expect(await mailsOf(stack, owner)).toMatchObject([{ id: mail.id, state: 'handed_over' }]);
  });

  it('goes to its own again while that takes mail', async () => {
    const { owner, to, mail } = await asked(554, 'data');
    expect(mail).toMatchObject({ state: 'failed', reason: 'message-refused' });
    expect((await resend(mail)).status).toBe(202);
    await stack.idle();
    expect([to, owner.email].map((address) => arrivedAt(address).length)).toEqual([1, 0]);
  });

  it('is left out while the registered one is suppressed too', async () => {
    const { owner, to, mail } = await asked();
    await stack.api('POST', '/v1/receipts', sesBounce({ id: mail.id, email: to }));
    const second = await asked(undefined, undefined, owner, owner.email);
    await stack.api('POST', '/v1/receipts', sesBounce({ id: second.mail.id, email: owner.email }));
    expect(await resends({ filter: { ids: [mail.id] }, dryRun: true })).toMatchObject({
      toRegistered: 0,
      leftOut: [{ why: 'suppressed', mails: 1 }],
    });
  });

  it('never falls back by itself: which address may be used, the backend and people decide', async () => {
    const { owner, to, mail } = await asked();
    await stack.api('POST', '/v1/receipts', sesBounce({ id: mail.id, email: to }));
    const next = await asked(undefined, undefined, owner, to);
    expect(next.mail).toMatchObject({ state: 'withheld', reason: 'suppressed' });
    expect(arrivedAt(owner.email)).toHaveLength(0);
  });
});

/** Asks for a mail by message, to an address of its own, and waits for its end; the relay may refuse it once. */
async function asked(code?: number, at: 'rcpt' | 'data' = 'rcpt', known?: MadeReturn, address?: string) {
  const owner = known ?? (await aReturn(stack));
  const to = address ?? `own-${owner.email}`;
  const text = at === 'rcpt' ? '5.1.1 not here' : '5.6.0 not this';
  if (code) stack.mailbox.answer({ at, to, code, text, times: 1 });
  const emailId = randomUUID();
  const { taxReturnId } = owner;
  const submissionId = randomUUID();
  await stack.put(
    'sendMail',
    sendMailV1({ ACCEPTED: [{ to, taxReturnId, emailId, submissionId, context: {} }] }),
  );
  await stack.idle();
  const { body: mail } = await stack.api<ShownMail>('GET', `/v1/notifications/${emailId}`);
  return { owner, to, mail };
}

function resend({ id }: ShownMail) {
  return stack.api('POST', `/v1/notifications/${id}/resend`, { reason: 'a test' });
}

async function resends(body: object): Promise<object> {
  const answer = await stack.api<object>('POST', '/v1/resends', body, { 'idempotency-key': randomUUID() });
  expect(answer.status).toBe(200);
  return answer.body;
}

function arrivedAt(address: string) {
  return stack.mailbox.mails.filter(({ to }) => to.includes(address));
}

async function storyOf({ taxReturnId }: MadeReturn): Promise<string> {
  return JSON.stringify((await stack.api('GET', `/v1/tax-returns/${taxReturnId}/why`)).body);
}
