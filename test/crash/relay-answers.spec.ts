import { beforeAll, describe, expect, it } from 'vitest';
import { statusChangeV1 } from '#apps/local/src/direct-file.messages.js';
import { SweepService } from '#libs/notifications/index.js';
import { eventually } from '../support/eventually.js';
import { Mailbox } from '../support/mailbox.js';
import { aReturn, submitted, type MadeReturn } from '../support/make.js';
import { queueBackends } from '../support/servers.js';
import { Stack } from '../support/stack.js';
import { found } from './found.js';

interface Shown {
  items: { id: string; state: string; reason: string | null }[];
}

interface ShownDeliveries {
  deliveries: { openedAt: string; settledAt: string }[];
}

describe.each(queueBackends())('what a relay answers, with the send queue on $name', (backend) => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start(`relay-${backend.name}`, {
      backend,
      settings: { UNKNOWN_RESEND_AFTER: 'accepted=100ms', RETRY_CEILING: '2s' },
    });
    return () => stack.stop();
  });

  const mailsTo = ({ email }: MadeReturn) => stack.mailbox.mails.filter(({ to }) => to.includes(email));
  /** Its mail goes on its way; returns when that has come to an end. */
  async function told(owner: MadeReturn): Promise<Shown['items'][0]> {
    await stack.put('confirmation', submitted(owner));
    await stack.idle();
    const { body } = await stack.api<Shown>('GET', `/v1/notifications?taxReturnId=${owner.taxReturnId}`);
    return body.items[0] as Shown['items'][0];
  }

  it.each(['mail', 'rcpt', 'data'] as const)('4xx at %s, then yes: one mail after two tries', async (at) => {
    const owner = await aReturn(stack);
    const to = at === 'mail' ? undefined : owner.email;
    stack.mailbox.answer({ at, to, code: 451, text: '4.7.1 greylisted', times: 1 });
    const { id, state } = await told(owner);
    expect(state).toBe('handed_over');
    expect(await found(stack, owner)).toMatchObject({ attempt: 2, deliveries: ['deferred', 'accepted'] });
    expect(mailsTo(owner).map(({ messageId }) => messageId)).toEqual([`<${id}@return-receipt.example.org>`]);
  });

  it('"try again in 1 seconds" is honoured, although the next try would have been sooner', async () => {
    const owner = await aReturn(stack);
    stack.mailbox.answer({
      at: 'rcpt',
      to: owner.email,
      code: 450,
      text: '4.2.1 try again in 1 seconds',
      times: 1,
    });
    const { id } = await told(owner);
    const { body } = await stack.api<ShownDeliveries>('GET', `/v1/notifications/${id}`);
    const [first, second] = body.deliveries;
    expect(Date.parse(second?.openedAt ?? '') - Date.parse(first?.settledAt ?? '')).toBeGreaterThanOrEqual(
      1000,
    );
  });

  it.each([
    { at: 'rcpt', code: 550, status: '5.1.1', reason: 'recipient-refused' },
    { at: 'data', code: 554, status: '5.6.0', reason: 'message-refused' },
    { at: 'data', code: 550, status: '5.1.1', reason: 'recipient-refused' },
  ] as const)(
    '$code $status at $at: failed, $reason, not tried again',
    async ({ at, code, status, reason }) => {
      const owner = await aReturn(stack);
      stack.mailbox.answer({ at, to: owner.email, code, text: `${status} <${owner.email}>: no` });
      expect(await told(owner)).toMatchObject({ state: 'failed', reason });
      expect(await found(stack, owner)).toMatchObject({ attempt: 1, deliveries: ['refused'] });
      expect(mailsTo(owner)).toEqual([]);
    },
  );

  it('a connection lost before DATA: certainly not sent, so tried again: one mail', async () => {
    const owner = await aReturn(stack);
    stack.mailbox.drop({ at: 'rcpt', to: owner.email });
    expect(await told(owner)).toMatchObject({ state: 'handed_over' });
    expect(await found(stack, owner)).toMatchObject({ deliveries: ['deferred', 'accepted'] });
    expect(mailsTo(owner)).toHaveLength(1);
  });

  it('a connection lost after DATA: perhaps sent, so unknown, and never sent again by itself', async () => {
    const owner = await aReturn(stack);
    stack.mailbox.drop({ at: 'after-data', to: owner.email, keep: true });
    expect(await told(owner)).toMatchObject({ state: 'unknown', reason: 'lost-after-data' });
    expect(await stack.app.get(SweepService).sweep()).toMatchObject({ released: 0, unknown: 0, queued: 0 });
    expect(await found(stack, owner)).toEqual({ state: 'unknown', attempt: 1, deliveries: ['unknown'] });
    expect(mailsTo(owner)).toHaveLength(1);
  });

  it('a connection lost after DATA, where a policy allows a double: sent again under the same Message-ID', async () => {
    const owner = await aReturn(stack);
    stack.mailbox.drop({ at: 'after-data', to: owner.email, keep: true });
    await stack.put('statusChange', statusChangeV1({ accepted: [owner.submissionId] }));
    await stack.idle();
    expect(await found(stack, owner)).toEqual({
      state: 'handed_over',
      attempt: 2,
      deliveries: ['unknown', 'accepted'],
    });
    const ids = mailsTo(owner).map(({ messageId }) => messageId);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  it('a relay that is down when the mail is due: sent when it is back', async () => {
    const relay = await Mailbox.start();
    const { port, url } = relay;
    await relay.stop();
    const away = await Stack.start(`relay-away-${backend.name}`, {
      backend,
      settings: { SMTP_URL: url },
    });
    const owner = await aReturn(away);
    await away.put('confirmation', submitted(owner));
    await eventually(async () => ((await found(away, owner)).attempt ?? 0) >= 2, {
      because: 'tries in vain',
    });
    const back = await Mailbox.start({ port });
    await away.idle();
    expect(back.mails.map(({ to }) => to)).toEqual([[owner.email]]);
    await back.stop();
    await away.stop();
  });
});
