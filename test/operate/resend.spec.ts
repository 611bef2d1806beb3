import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { aReturn } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';
import { arrivedFor, mailIn, mailsOf, say, trailOf } from './mails.js';
import type { ShownMail } from './mails.js';

interface Answer {
  id: string;
  occurrence: string;
  done: boolean;
  detail: string;
}

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('resend', { settings: { SUBMISSION_ERROR_AFTER: '3' } });
});

const resend = (id: string, body: object, headers: Record<string, string> = {}) =>
  stack.api<Answer>('POST', `/v1/notifications/${id}/resend`, { reason: 'a test', ...body }, headers);

/** A rejection whose mail the relay refused once. */
async function refused(): Promise<{ owner: MadeReturn; mail: ShownMail }> {
  const owner = await aReturn(stack);
  stack.mailbox.answer({ at: 'rcpt', to: owner.email, code: 550, text: '5.1.1 no such user', times: 1 });
  await say(stack, owner, 'rejected');
  return { owner, mail: await mailIn(stack, owner, 'rejected', 'failed') };
}

async function told(template = 'rejected'): Promise<{ owner: MadeReturn; mail: ShownMail }> {
  const owner = await aReturn(stack);
  await say(stack, owner, template);
  return { owner, mail: await mailIn(stack, owner, template, 'handed_over') };
}

describe('a mail that no relay accepted', () => {
  it('goes out as the same mail under the same Message-ID, and the trail says who, why, before and after', async () => {
    const { owner, mail } = await refused();
    const answer = await resend(mail.id, { reason: 'the address works again' });
    expect([answer.status, answer.body]).toEqual([
      202,
      { id: mail.id, occurrence: mail.occurrence, done: true },
    ]);
    await mailIn(stack, owner, 'rejected', 'handed_over');
    expect(arrivedFor(stack, owner).map(({ messageId }) => messageId)).toEqual([
      `<${mail.id}@return-receipt.example.org>`,
    ]);
    expect(await trailOf(stack, mail.id)).toEqual([
      expect.objectContaining({
        actor: 'API_KEY',
        action: 'resend',
        reason: 'the address works again',
        before: { state: 'failed', reason: 'recipient-refused', attempt: 1 },
        after: expect.objectContaining({ state: 'queued' }),
      }),
    ]);
    const [row] = await stack.sql(
      'SELECT tried_before, cardinality(earlier_sources) AS asked FROM notifications WHERE id = $1',
      [mail.id],
    );
    expect(row).toEqual({ tried_before: 1, asked: 1 });
  });

  it('goes out once however often the same call is made', async () => {
    const { owner, mail } = await refused();
    const key = { 'idempotency-key': randomUUID() };
    const answers = [await resend(mail.id, {}, key), await resend(mail.id, {}, key)];
    expect(answers.map(({ status, body }) => [status, body.done])).toEqual([
      [202, true],
      [202, true],
    ]);
    await stack.sql('DELETE FROM idempotent_calls');
    await mailIn(stack, owner, 'rejected', 'handed_over');
    // Its answer is forgotten; its effect is not.
    expect((await resend(mail.id, {}, key)).body).toMatchObject({ id: mail.id, done: false });
    expect(arrivedFor(stack, owner)).toHaveLength(1);
    expect(await trailOf(stack, mail.id)).toHaveLength(1);
  });
});

describe('a mail that a relay accepted', () => {
  it('is refused, and told so, unless that is overruled and the re-send numbered', async () => {
    const { owner, mail } = await told();
    const refusals = [await resend(mail.id, {}), await resend(mail.id, { override: ['already-told'] })];
    expect(refusals.map(({ status, body }) => [status, body.detail])).toEqual([
      [409, expect.stringContaining('have been told')],
      [409, expect.stringContaining('n 1')],
    ]);
    expect(await mailsOf(stack, owner)).toHaveLength(1);
  });

  it('is sent as a new mail of the number that was named; a number that is taken is answered 409', async () => {
    const { owner, mail } = await told();
    const again = { override: ['already-told'], reason: 'the taxpayer lost it' };
    const first = await resend(mail.id, { ...again, n: 1 });
    expect([first.status, first.body.occurrence]).toEqual([202, `${mail.occurrence}.resend-1`]);
    await stack.idle();
    expect(arrivedFor(stack, owner)).toHaveLength(2);
    expect(new Set(arrivedFor(stack, owner).map(({ messageId }) => messageId)).size).toBe(2);
    const stale = await resend(mail.id, { ...again, n: 1 });
    expect([stale.status, stale.body.detail]).toEqual([409, expect.stringContaining('that is 2')]);
    const second = await resend(mail.id, { ...again, n: 2 });
    expect(second.body.occurrence).toBe(`${mail.occurrence}.resend-2`);
    expect((await trailOf(stack, mail.id))[0]).toMatchObject({
      after: { sentAs: first.body.id, override: ['already-told'] },
    });
  });

  it('is sent once when two name the same number at the same time', async () => {
    const { owner, mail } = await told();
    const both = await Promise.all(
      ['a', 'b'].map((reason) => resend(mail.id, { n: 1, override: ['already-told'], reason })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([202, 409]);
    await stack.idle();
    expect(arrivedFor(stack, owner)).toHaveLength(2);
  });
});

describe('refused with its reason, and nothing is changed:', () => {
  async function refusal(mail: ShownMail, body: object = {}): Promise<[number, string]> {
    const before = await stack.sql('SELECT * FROM notifications WHERE id = $1', [mail.id]);
    const answer = await resend(mail.id, body);
    expect(await stack.sql('SELECT * FROM notifications WHERE id = $1', [mail.id])).toEqual(before);
    expect(await trailOf(stack, mail.id)).toEqual([]);
    return [answer.status, answer.body.detail];
  }

  it('a mail that waits for its time', async () => {
    const owner = await aReturn(stack);
    await say(stack, owner, 'error_mef');
    const mail = await mailIn(stack, owner, 'submission-error', 'queued');
    expect(await refusal(mail, { override: ['superseded', 'already-told'] })).toEqual([
      409,
      expect.stringContaining('waits for its turn'),
    ]);
  });

  it('a mail whose outcome is unknown', async () => {
    const owner = await aReturn(stack);
    stack.mailbox.drop({ at: 'after-data', to: owner.email });
    await say(stack, owner, 'rejected');
    const mail = await mailIn(stack, owner, 'rejected', 'unknown');
    expect(await refusal(mail)).toEqual([409, expect.stringContaining('it may have arrived')]);
  });

  it('a mail to nobody', async () => {
    const owner = await aReturn(stack, { email: null });
    await say(stack, owner, 'rejected');
    const mail = await mailIn(stack, owner, 'rejected', 'no_address');
    expect(await refusal(mail)).toEqual([409, expect.stringContaining('Nobody has given an address')]);
  });

  it('a mail that is not there, and a call without a reason', async () => {
    expect((await resend(randomUUID(), {})).status).toBe(404);
    expect((await resend(randomUUID(), { reason: ' ' })).status).toBe(422);
  });

  it('a mail that is no longer true; overruled by name, it is sent all the same', async () => {
    const { owner, mail } = await refused();
    await say(stack, owner, 'accepted');
    await mailIn(stack, owner, 'accepted', 'handed_over');
    expect(await refusal(mail, { override: ['already-told'] })).toEqual([
      409,
      expect.stringContaining('no longer true'),
    ]);
    expect((await resend(mail.id, { override: ['superseded'] })).status).toBe(202);
    await mailIn(stack, owner, 'rejected', 'handed_over');
    expect(arrivedFor(stack, owner)).toHaveLength(2);
  });

  it('a mail that is too late; overruled by name, it is sent all the same', async () => {
    const owner = await aReturn(stack);
    const notAfter = new Date(Date.now() - 60_000).toISOString();
    await stack.api('POST', '/v1/notifications', {
      taxReturnId: owner.taxReturnId,
      template: 'accepted',
      notAfter,
    });
    const mail = await mailIn(stack, owner, 'accepted', 'withheld');
    expect(await refusal(mail)).toEqual([409, expect.stringContaining('has passed')]);
    await resend(mail.id, { override: ['too-late'] });
    await mailIn(stack, owner, 'accepted', 'handed_over');
  });
});
