import { beforeAll, describe, expect, it } from 'vitest';
import { SendQueue } from '../../libs/notifications/src/send/send.queue.js';
import { mailIn, mailsOf, say } from '../operate/mails.js';
import type { ShownMail } from '../operate/mails.js';
import { eventually } from '../support/eventually.js';
import { aReturn } from '../support/make.js';
import type { MadeReturn, ReturnOptions } from '../support/make.js';
import { dsn, sesBounce, sesComplaint, sesDelivery, sesSoftBounce } from '../support/ses.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('account-fallback', {
    settings: { BOUNCE_FALLBACK: 'account', SUPPRESS_SOFT_AFTER: '9' },
  });
});

interface Sent {
  owner: MadeReturn;
  account: string;
  mail: ShownMail;
}

/** A mail that a relay took for the return's address. */
async function sent(options: ReturnOptions = {}): Promise<Sent> {
  const account = `account-${Math.random().toString(36).slice(2)}@example.com`;
  const owner = await aReturn(stack, { accountEmail: account, ...options });
  await say(stack, owner, 'rejected');
  return { owner, account, mail: await mailIn(stack, owner, 'rejected', 'handed_over') };
}

/** The provider says that it came back for good, at a moment before now. */
function bounce({ owner, mail }: Sent, options: { at?: Date; feedbackId?: string } = {}) {
  return stack.api<{ outcome: string }>(
    'POST',
    '/v1/receipts',
    sesBounce({ id: mail.id, email: owner.email }, options),
  );
}

/** A mail that came back for good and was handed over once more, to the account's address. */
async function fallenBack(): Promise<Sent & { at: Date }> {
  const made = await sent();
  const at = new Date();
  expect((await bounce(made, { at })).body.outcome).toBe('applied');
  await eventually(() => Promise.resolve(inboxOf(made.account).length > 0), {
    because: 'a mail to the account',
  });
  await stack.idle();
  return { ...made, at };
}

const inboxOf = (email: string) => stack.mailbox.mails.filter(({ to }) => to.includes(email));
const shown = async ({ owner, mail }: Sent) => (await mailsOf(stack, owner)).find(({ id }) => id === mail.id);
const mailsTo = ({ owner, account }: Sent) => [inboxOf(owner.email).length, inboxOf(account).length];

describe('a mail that came back for good', () => {
  it('is sent once more to the address of the account, as a round of itself, and counts as told by it', async () => {
    const made = await fallenBack();
    expect(mailsTo(made)).toEqual([1, 1]);
    expect(inboxOf(made.account)[0]?.messageId).toBe(`<${made.mail.id}@return-receipt.example.org>`);
    expect(await shown(made)).toMatchObject({
      state: 'handed_over',
      standing: 'success',
      attempt: 2,
      fellBackAt: expect.any(String),
    });
    expect(await mailsOf(stack, made.owner)).toHaveLength(1);
  });

  it('says so wherever somebody asks why', async () => {
    const { owner, mail } = await fallenBack();
    // The bounce bears a later time than what it brought about.
    await stack.sql(
      `UPDATE notifications n SET fell_back_at = d.opened_at + interval '1 millisecond'
       FROM deliveries d WHERE n.id = $1 AND d.notification_id = n.id AND d.attempt = 1`,
      [mail.id],
    );
    const sentence =
      /Since it came back for good, it was opened once more at [-\d]+ [:\d]+ UTC, to the address of the account/;
    const { body } = await stack.api<{ mails: { sentences: string[] }[]; timeline: { sentence: string }[] }>(
      'GET',
      `/v1/tax-returns/${owner.taxReturnId}/why`,
    );
    const told = body.mails[0]?.sentences.map((one) => one.slice(0, 30));
    expect(body.mails[0]?.sentences.findIndex((one) => sentence.test(one))).toBe(3);
    expect(told).toEqual([
      expect.stringMatching(/^The rejection of/),
      expect.stringMatching(/^Try 1: the relay accepted it/),
      expect.stringMatching(/^It came back for good/),
      expect.stringMatching(/^Since it came back for good/),
      expect.stringMatching(/^Try 2: the relay accepted it/),
      expect.stringMatching(/^The taxpayer was told/),
    ]);
    expect(body.timeline.some((one) => sentence.test(one.sentence))).toBe(true);
    for (const page of [`/ops/tax-returns/${owner.taxReturnId}`, `/ops/notifications/${mail.id}`])
      expect((await stack.api<string>('GET', page)).body).toMatch(
        /came back for good, it was opened once more/,
      );
  });

  it('is never sent a third time: not by the same receipt, nor by another, nor when the fallback comes back too', async () => {
    const made = await fallenBack();
    const again = { ...made, at: made.at };
    await bounce(again, { at: made.at, feedbackId: 'said-again' });
    expect((await bounce(again, { at: made.at, feedbackId: 'said-again' })).body.outcome).toBe('duplicate');
    expect(await shown(made)).toMatchObject({ standing: 'success' });
    await bounce(made, { at: new Date() });
    await stack.idle();
    expect(await shown(made)).toMatchObject({ state: 'handed_over', standing: 'failure', attempt: 2 });
    expect(mailsTo(made)).toEqual([1, 1]);
    expect(
      await stack.sql('SELECT reason FROM suppressions WHERE tax_return_id = $1', [made.owner.taxReturnId]),
    ).toHaveLength(2);
  });

  it('has come back from both addresses also where the clock of the second report is behind', async () => {
    const made = await fallenBack();
    const [opened] = await stack.sql<{ at: Date }>(
      'SELECT opened_at AS at FROM deliveries WHERE notification_id = $1 AND attempt = 2',
      [made.mail.id],
    );
    const behind = new Date((opened?.at ?? made.at).getTime() - 1_000);
    const report = dsn({ id: made.mail.id, email: made.account });
    const dated = report.replace(/^Date: .*$/m, `Date: ${behind.toUTCString()}`);
    const brought = await stack.api<{ outcome: string }>('POST', '/v1/receipts', dated, {
      'content-type': 'message/rfc822',
    });
    expect(brought.body.outcome).toBe('applied');
    expect(await shown(made)).toMatchObject({ state: 'handed_over', standing: 'failure', attempt: 2 });
    expect(mailsTo(made)).toEqual([1, 1]);
  });

  it('waits for its fallback whatever else comes back of the first round, and is not sent when that arrived after all', async () => {
    const [waits, arrives] = [await sent(), await sent()];
    await stack.api('POST', '/v1/pauses', { template: 'rejected', reason: 'a test' });
    const at = new Date();
    for (const made of [waits, arrives]) await bounce(made, { at });
    await bounce(waits, { at });
    expect(await shown(waits)).toMatchObject({ state: 'queued', attempt: 1 });
    await stack.api(
      'POST',
      '/v1/receipts',
      sesComplaint({ id: arrives.mail.id, email: arrives.owner.email }, { at }),
    );
    expect(await shown(arrives)).toMatchObject({ state: 'handed_over', standing: 'success' });
    await stack.api('DELETE', '/v1/pauses/rejected', { reason: 'enough' });
    await stack.idle();
    expect([mailsTo(waits), mailsTo(arrives)]).toEqual([
      [1, 1],
      [1, 0],
    ]);
  });

  it('goes out by the sweep when whoever recorded the bounce died before it was queued', async () => {
    const made = await sent();
    await stack.api('POST', '/v1/pauses', { template: 'rejected', reason: 'a test' });
    await bounce(made);
    // What a crash after the commit leaves: the row, and no job that anybody runs, since the pause has ended it.
    await eventually(
      async () => Object.values(await stack.app.get(SendQueue).depth('urgent')).every((count) => count === 0),
      { because: 'a queue without jobs' },
    );
    await stack.sql(`DELETE FROM pauses`);
    await stack.sql(`UPDATE notifications SET due_at = now() - interval '1 hour' WHERE id = $1`, [
      made.mail.id,
    ]);
    await eventually(() => Promise.resolve(inboxOf(made.account).length > 0), {
      because: 'a mail to the account',
    });
    expect(mailsTo(made)).toEqual([1, 1]);
  });
});

describe('the fallback of a mail of a batch', () => {
  /** A mail of a batch that stands so. */
  async function sentBy(state: string): Promise<Sent> {
    const made = await sent();
    await stack.sql(
      `WITH b AS (INSERT INTO batches (id, action, origin, state, made_by, ended_at)
                  VALUES (gen_random_uuid(), 'error-resolved', 'upload', $2, 'Ada', now()) RETURNING id)
       UPDATE notifications SET batch_id = b.id FROM b WHERE notifications.id = $1`,
      [made.mail.id, state],
    );
    return made;
  }

  it('does not go by itself after somebody has ended that, says so, and goes to the account when a person sends it again', async () => {
    const made = await sentBy('aborted');
    await bounce(made);
    await stack.idle();
    expect(mailsTo(made)).toEqual([1, 0]);
    expect(await shown(made)).toMatchObject({
      state: 'withheld',
      reason: 'batch-aborted',
      standing: 'failure',
      fellBackAt: expect.any(String),
    });
    const again = { reason: 'they are to hear of it all the same' };
    await stack.api('POST', `/v1/notifications/${made.mail.id}/resend`, again);
    await stack.idle();
    expect(mailsTo(made)).toEqual([1, 1]);
    expect(await shown(made)).toMatchObject({ state: 'handed_over', standing: 'success' });
  });

  it('goes as any other after its batch has come to its end', async () => {
    const made = await sentBy('finished');
    await bounce(made);
    await stack.idle();
    expect(mailsTo(made)).toEqual([1, 1]);
  });
});

describe('nothing falls back', () => {
  it.each<[string, (made: Sent) => Promise<unknown>, ReturnOptions?]>([
    ['where the account has no address', (made) => bounce(made), { accountEmail: null }],
    [
      'for a soft bounce',
      ({ owner, mail }) =>
        stack.api('POST', '/v1/receipts', sesSoftBounce({ id: mail.id, email: owner.email })),
    ],
    [
      'for a delivery',
      ({ owner, mail }) =>
        stack.api('POST', '/v1/receipts', sesDelivery({ id: mail.id, email: owner.email })),
    ],
    [
      'when something took its place',
      async (made) => {
        await say(stack, made.owner, 'accepted');
        await stack.idle();
        await stack.sql(`UPDATE notifications SET reason = 'superseded-by-acceptance' WHERE id = $1`, [
          made.mail.id,
        ]);
        await bounce(made);
      },
    ],
  ])('%s', async (_when, bring, options) => {
    const made = await sent(options);
    await bring(made);
    await stack.idle();
    expect(await shown(made)).toMatchObject({ state: 'handed_over', attempt: 1, fellBackAt: null });
    expect(inboxOf(made.account).filter(({ subject }) => /rejected/i.test(subject))).toEqual([]);
  });

  it('to the same address in another spelling', async () => {
    const made = await sent({ email: 'Some.One@Example.com', accountEmail: 'some.one@example.COM' });
    await bounce(made);
    await stack.idle();
    expect(await shown(made)).toMatchObject({ standing: 'failure', attempt: 1, fellBackAt: null });
  });

  it('to an address that is suppressed', async () => {
    const other = await sent({ accountEmail: null });
    await bounce(other);
    const made = await sent({ accountEmail: other.owner.email });
    await bounce(made);
    await stack.idle();
    expect(await shown(made)).toMatchObject({ standing: 'failure', attempt: 1, fellBackAt: null });
    expect(inboxOf(other.owner.email)).toHaveLength(1);
  });

  it('to one that was suppressed while the fallback waited', async () => {
    const [other, made] = [await sent({ accountEmail: null }), await sent()];
    await stack.api('PUT', `/v1/tax-returns/${made.owner.taxReturnId}`, { accountEmail: other.owner.email });
    await stack.api('POST', '/v1/pauses', { template: 'rejected', reason: 'a test' });
    await bounce(made);
    await bounce(other);
    await stack.api('DELETE', '/v1/pauses/rejected', { reason: 'enough' });
    await stack.idle();
    expect(await shown(made)).toMatchObject({ state: 'withheld', reason: 'suppressed', standing: 'failure' });
    expect(inboxOf(other.owner.email)).toHaveLength(1);
  });

  it('unless BOUNCE_FALLBACK says so', async () => {
    const without = await Stack.start('no-fallback');
    const owner = await aReturn(without, { accountEmail: 'account@example.com' });
    await say(without, owner, 'rejected');
    const mail = await mailIn(without, owner, 'rejected', 'handed_over');
    await without.api('POST', '/v1/receipts', sesBounce({ id: mail.id, email: owner.email }));
    await without.idle();
    expect(await mailsOf(without, owner)).toMatchObject([
      { standing: 'failure', attempt: 1, fellBackAt: null },
    ]);
    expect(without.mailbox.mails).toHaveLength(1);
  });
});
