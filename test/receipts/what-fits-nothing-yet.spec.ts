import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { sendMailV1 } from '#apps/local/src/direct-file.messages.js';
import { eventually } from '../support/eventually.js';
import { aReturn, submitted } from '../support/make.js';
import { FakeSns, sesBounce, sesDelivery } from '../support/ses.js';
import type { SentMail } from '../support/ses.js';
import { Stack } from '../support/stack.js';
import { Receipts } from './receipts.js';

let sns: FakeSns;
let stack: Stack;
let receipts: Receipts;
beforeAll(async () => {
  sns = FakeSns.start();
  stack = await Stack.start('what-fits-nothing-yet', { settings: { SNS_CERTIFICATES: sns.folder } });
  receipts = new Receipts(stack);
});

describe('a receipt that comes too early', () => {
  it('waits for its mail and is applied by itself', async () => {
    const owner = await aReturn(stack);
    const emailId = randomUUID();
    const [, outcome] = await receipts.post(
      sesDelivery({ id: emailId, email: owner.email }),
      'application/json',
    );
    expect(outcome).toMatchObject({ outcome: 'parked', reason: 'unknown-notification' });
    expect(await receipts.quarantined(emailId)).toMatchObject([{ kind: 'unmatched', resolution: null }]);
    await stack.put(
      'sendMail',
      sendMailV1({ SUBMITTED: [{ to: owner.email, taxReturnId: owner.taxReturnId, emailId }] }),
    );
    await eventually(async () => (await receipts.notification({ id: emailId })).deliveredAt, {
      because: 'the receipt that waited',
    });
    expect(await receipts.quarantined(emailId)).toMatchObject([{ resolution: 'applied' }]);
  });

  it('waits while a worker still has the mail in hand', async () => {
    const owner = await aReturn(stack);
    stack.mailbox.hold();
    await stack.put('confirmation', submitted(owner));
    await eventually(() => stack.mailbox.heldCount === 1, { because: 'a mail in conversation' });
    const sent = await receipts.mailOf(owner);
    expect((await receipts.post(sesBounce(sent), 'application/json'))[1]).toMatchObject({
      reason: 'awaits-delivery',
    });
    stack.mailbox.release();
    await eventually(async () => (await receipts.notification(sent)).bouncedAt, {
      because: 'the bounce that waited',
    });
    expect(await receipts.notification(sent)).toMatchObject({ state: 'handed_over', standing: 'failure' });
  });
});

describe('a mail whose outcome nobody knows', () => {
  it('was handed over when it arrived: a receipt proves it, and it is not sent again', async () => {
    const sent = await aMailOfUnknownOutcome();
    await stack.put('receipts', sesDelivery(sent));
    await stack.idle();
    expect(await receipts.notification(sent)).toMatchObject({
      state: 'handed_over',
      reason: 'receipt',
      standing: 'success',
    });
    expect(await receipts.outcomesOf(sent)).toEqual(['accepted']);
    expect(stack.mailbox.mails.filter(({ to }) => to.includes(sent.email))).toHaveLength(1);
  });

  it('was handed over when it came back, and its taxpayer is untold', async () => {
    const sent = await aMailOfUnknownOutcome();
    await stack.put('receipts', sesBounce(sent));
    await stack.idle();
    expect(await receipts.notification(sent)).toMatchObject({
      state: 'handed_over',
      reason: 'receipt',
      standing: 'failure',
    });
  });
});

describe('what cannot be used is kept, with the reason, and changes nothing', () => {
  it('an envelope that SNS did not sign', async () => {
    const sent = await receipts.aSentMail();
    const forged = { ...sns.envelope(sesDelivery(sent)), Message: sesBounce(sent) };
    await stack.put('receipts', JSON.stringify(forged));
    await stack.idle();
    expect(await receipts.reasons()).toContain('bad-signature');
    expect(await receipts.notification(sent)).toMatchObject({ standing: 'success', bouncedAt: null });
  });

  it.each([
    ['text', 'unreadable', () => 'hello'],
    ['half a document', 'unreadable', () => '{"notificationType":"Bounce"'],
    ['a receipt of somebody else', 'not-ours', () => sesBounce(stranger(), { messageId: '<1@example.net>' })],
    ['a receipt that names no mail', 'names-no-mail', () => sesBounce(stranger(), { messageId: null })],
    [
      'a subscription to a topic that nobody named',
      'subscription-asked',
      () => JSON.stringify(sns.subscription()),
    ],
  ])('%s: %s', async (_what, reason, make) => {
    const body = make();
    const [status, outcome] = await receipts.post(body, 'text/plain');
    expect([status, outcome.outcome, outcome.reason]).toEqual([202, 'refused', reason]);
    expect(JSON.stringify(outcome)).not.toContain('@');
    expect(await receipts.reasons()).toContain(reason);
  });

  it('and may be brought again by a replay', async () => {
    const body = sesDelivery({ id: randomUUID(), email: 'ana@example.com' });
    await receipts.post(body, 'application/json');
    const [parked] = await stack.sql<{ id: string }>(
      `SELECT id FROM quarantine WHERE reason = 'unknown-notification' AND resolved_at IS NULL ORDER BY received_at DESC LIMIT 1`,
    );
    const { body: answer } = await stack.api('POST', `/v1/quarantine/${parked?.id}/replay`, {
      reason: 'tried again',
    });
    expect(answer).toMatchObject({ entries: [{ outcome: 'parked', reason: 'unknown-notification' }] });
  });

  it('and does not keep its neighbours', async () => {
    const sent = await receipts.aSentMail();
    await stack.putAll('receipts', ['{', sesBounce(sent), '[]']);
    await stack.idle();
    expect(await receipts.notification(sent)).toMatchObject({ standing: 'failure' });
  });
});

describe('receipts on record', () => {
  it.each(['UPDATE mail_receipts SET reason = NULL', 'DELETE FROM mail_receipts', 'TRUNCATE mail_receipts'])(
    'are facts: the database refuses %s',
    async (sql) => {
      await receipts.accept(sesDelivery(await receipts.aSentMail()));
      await expect(stack.sql(sql)).rejects.toThrow('mail_receipts is append-only');
    },
  );

  it('hold the words of the other server, and no address', async () => {
    const sent = await receipts.aSentMail();
    await receipts.accept(sesBounce(sent));
    const rows = await stack.sql<{ diagnostic: string }>(
      'SELECT * FROM mail_receipts WHERE notification_id = $1',
      [sent.id],
    );
    expect(rows).toMatchObject([
      { diagnostic: 'smtp; 550 5.1.1 <[address]>: no, [address] is not here', attempt: 1 },
    ]);
    expect(await stack.addressesLeftBehind()).toEqual([]);
  });
});

async function aMailOfUnknownOutcome(): Promise<SentMail> {
  const owner = await aReturn(stack);
  stack.mailbox.drop({ at: 'after-data', to: owner.email, keep: true });
  await stack.put('confirmation', submitted(owner));
  await stack.idle();
  const sent = await receipts.mailOf(owner);
  expect(await receipts.notification(sent)).toMatchObject({ state: 'unknown', standing: 'failure' });
  return sent;
}

function stranger(): SentMail {
  return { id: randomUUID(), email: 'ana@example.com' };
}
