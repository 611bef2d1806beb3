import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { html } from '#apps/api/src/pages/html.js';
import { aName, aReturn } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { sesBounce, sesComplaint, sesDelivery, sesSoftBounce } from '../support/ses.js';
import type { SentMail } from '../support/ses.js';
import { Stack } from '../support/stack.js';
import { mailIn, say } from './mails.js';

interface Why {
  summary: string;
  mails: {
    template: string;
    notificationId: string | null;
    sentences: string[];
    todo: string | null;
    answer: string | null;
  }[];
  timeline: { kind: string; sentence: string }[];
}

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('why', { settings: { SUBMISSION_ERROR_AFTER: '3', SUBMITTED_NOTICE: 'off' } });
});

async function why(owner: Pick<MadeReturn, 'taxReturnId'>): Promise<Why> {
  return (await stack.api<Why>('GET', `/v1/tax-returns/${owner.taxReturnId}/why`)).body;
}

async function handedOver(template = 'accepted'): Promise<{ owner: MadeReturn; sent: SentMail }> {
  const owner = await aReturn(stack);
  await say(stack, owner, template);
  const { id } = await mailIn(stack, owner, template, 'handed_over');
  return { owner, sent: { id, email: owner.email } };
}

async function bring(receipt: string): Promise<void> {
  expect((await stack.api('POST', '/v1/receipts', receipt)).status).toBe(202);
}

async function about(owner: MadeReturn, template: string) {
  const { mails } = await why(owner);
  return mails.filter((mail) => mail.template === template);
}

const instant = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`;

describe('why a taxpayer was or was not told', () => {
  it('told: by which event, and with which answer of the relay', async () => {
    const owner = await aReturn(stack);
    await say(stack, owner, 'rejected');
    await mailIn(stack, owner, 'rejected', 'handed_over');
    const { summary, mails } = await why(owner);
    expect(summary).toBe('Nothing is owed to this taxpayer: 1 mail was handed over or no longer true.');
    expect(mails[0]?.sentences).toEqual([
      expect.stringMatching(
        `^The rejection of submission ${owner.submissionId} at ${instant} made a 'rejected' mail due\\.$`,
      ),
      expect.stringMatching(/^Try 1: the relay accepted it\. It said: 250 .*OK: queued as \d+\.$/),
      expect.stringMatching(`^The taxpayer was told: it was handed over at ${instant}\\.$`),
    ]);
    expect(mails[0]?.todo).toBeNull();
  });

  it('withheld when its turn came, because of what happened meanwhile', async () => {
    const owner = await aReturn(stack);
    await stack.api('POST', '/v1/pauses', { template: 'rejected', reason: 'looking at a link' });
    await say(stack, owner, 'rejected');
    const [held] = await about(owner, 'rejected');
    expect(held?.sentences.at(-1)).toMatch(
      /its template is paused since .* by API_KEY, who said: looking at a link\.$/,
    );
    expect(held?.todo).toContain('Resume rejected');
    await say(stack, owner, 'accepted');
    await stack.api('DELETE', '/v1/pauses/rejected', { reason: 'fine' });
    await mailIn(stack, owner, 'rejected', 'withheld');
    const [withheld] = await about(owner, 'rejected');
    expect(withheld?.sentences.at(-1)).toMatch(
      new RegExp(
        `^It was withheld when its turn came, at ${instant}, because the return was accepted at ${instant}\\.$`,
      ),
    );
    expect(withheld?.todo).toBeNull();
  });

  it('not yet: the first failures make no mail due, and the setting says so', async () => {
    const owner = await aReturn(stack);
    await say(stack, owner, 'error_mef');
    const [first] = await about(owner, 'submission-error');
    expect(first?.sentences[0]).toMatch(
      /^No mail at once for the first failure of submission \d+, at .*: SUBMISSION_ERROR_AFTER is 3\. It is due at .*, 24 h after the last failure, unless another failure comes first\.$/,
    );
    expect(first?.sentences.at(-1)).toMatch(/^It waits for its time/);
    await say(stack, owner, 'error_mef');
    await say(stack, owner, 'error_mef');
    await mailIn(stack, owner, 'submission-error', 'handed_over');
    const [told, ...early] = await about(owner, 'submission-error');
    expect(told?.sentences[0]).toMatch(
      /^The third failure of submission \d+, at .*, made a 'submission-error' \(post\) mail due at once\.$/,
    );
    expect(
      early.map(({ notificationId, sentences }) => [notificationId, sentences[0]?.split(' of ')[0]]),
    ).toEqual([
      [null, 'No mail for the first failure'],
      [null, 'No mail for the second failure'],
    ]);
  });

  it('never due: a setting that is off', async () => {
    const owner = await aReturn(stack);
    await say(stack, owner, 'submitted');
    const [mail] = await about(owner, 'submitted');
    expect(mail?.sentences).toEqual([
      expect.stringMatching(/^No mail for the confirmation of .*: SUBMITTED_NOTICE is off\.$/),
    ]);
    expect((await why(owner)).summary).toBe('No mail was ever due to this taxpayer.');
  });

  it('failed: with the raw answer of the relay, without the address, and what to do now', async () => {
    const owner = await aReturn(stack);
    stack.mailbox.answer({
      at: 'rcpt',
      to: owner.email,
      code: 550,
      text: `5.1.1 <${owner.email}> no such user`,
      times: 1,
    });
    await say(stack, owner, 'rejected');
    await mailIn(stack, owner, 'rejected', 'failed');
    const { summary, mails } = await why(owner);
    expect(summary).toBe('Of 1 mail: 1 not told.');
    expect(mails[0]?.sentences.at(-1)).toMatch(
      /^It failed at .*: the relay refuses this recipient for good\.$/,
    );
    expect(mails[0]?.answer).toContain('no such user');
    expect(mails[0]?.answer).not.toContain(owner.email);
    expect(mails[0]?.todo).toContain('another address');
  });

  it('told, and the provider confirmed that it arrived', async () => {
    const { owner, sent } = await handedOver();
    await bring(sesDelivery(sent));
    const [mail] = await about(owner, 'accepted');
    expect(mail?.sentences.slice(-2)).toEqual([
      'The provider confirmed that it arrived. The other server said: 250 ok: <[address]> accepted.',
      expect.stringMatching(
        `^The taxpayer was told: it was handed over at ${instant}, and it is known to have arrived at ${instant}\\.$`,
      ),
    ]);
    expect(mail?.todo).toBeNull();
  });

  it('it came back: when, why, in whose words, and that nothing is sent to the address now', async () => {
    const { owner, sent } = await handedOver();
    await bring(sesBounce(sent));
    const { summary, mails, timeline } = await why(owner);
    expect(summary).toBe('Of 1 mail: 1 not told.');
    expect(mails[0]?.sentences.slice(-3)).toEqual([
      'It came back for good: there is no such mailbox. The other server said: smtp; 550 5.1.1 <[address]>: no, [address] is not here.',
      expect.stringMatching(
        `^The taxpayer was not told: it was handed over at ${instant} and came back at ${instant}: there is no such mailbox\\.$`,
      ),
      expect.stringMatching(
        `^Nothing is sent to its address until ${instant}, since this mail came back for good\\.$`,
      ),
    ]);
    expect(mails[0]?.todo).toContain('lift the suppression');
    expect(timeline.at(-1)).toMatchObject({
      kind: 'receipt',
      notificationId: sent.id,
      sentence: expect.stringMatching(/^'accepted' mail: It came back for good: there is no such mailbox\./),
    });
    const page = await stack.api<string>('GET', `/ops/tax-returns/${owner.taxReturnId}`);
    const told = [...(mails[0]?.sentences ?? []), ...timeline.map(({ sentence }) => sentence)];
    for (const sentence of told) expect(page.body).toContain(String(html`${sentence}`));
  });

  it('it came back, but its address may be tried again: what to do says the reason for which it came back', async () => {
    const { owner, sent } = await handedOver();
    await bring(sesSoftBounce(sent));
    const [mail] = await about(owner, 'accepted');
    expect(mail?.sentences.at(-1)).toMatch(/ and came back at .*: the mailbox is full\.$/);
    expect(mail?.todo).toMatch(/^Re-send it in a few days/);
  });

  it('withheld for its address: since which mail, and that nothing is left against it once that is lifted', async () => {
    const { owner, sent } = await handedOver('rejected');
    await bring(sesComplaint(sent));
    await say(stack, owner, 'accepted');
    await mailIn(stack, owner, 'accepted', 'withheld');
    const [withheld] = await about(owner, 'accepted');
    expect(withheld?.sentences.at(-1)).toMatch(
      new RegExp(
        `^Nothing is sent to its address until ${instant}, since mail ${sent.id} was complained about\\.$`,
      ),
    );
    const path = `/v1/suppressions?taxReturnId=${owner.taxReturnId}`;
    const { body } = await stack.api<{ items: { id: string }[] }>('GET', path);
    await stack.api('POST', `/v1/suppressions/${body.items[0]?.id}/lift`, { reason: 'a mistake' });
    const [lifted] = await about(owner, 'accepted');
    expect([lifted?.sentences.at(-1), lifted?.todo]).toEqual([
      'Nothing speaks against its address now.',
      'Re-send it.',
    ]);
    expect((await why(owner)).timeline.at(-1)).toMatchObject({
      kind: 'person',
      sentence: 'API_KEY: lift-suppression - a mistake',
    });
  });

  it('known to have arrived since a receipt says so, although its outcome was unknown', async () => {
    const owner = await aReturn(stack);
    stack.mailbox.drop({ at: 'after-data', to: owner.email });
    await say(stack, owner, 'rejected');
    const { id } = await mailIn(stack, owner, 'rejected', 'unknown');
    await bring(sesDelivery({ id, email: owner.email }));
    const [mail] = await about(owner, 'rejected');
    expect(mail?.sentences.at(-1)).toMatch(
      /^The taxpayer was told: .*: what came back later shows that the relay had taken it\.$/,
    );
  });

  it('the timeline has what happened, each try, and what people did', async () => {
    const owner = await aReturn(stack);
    stack.mailbox.answer({ at: 'rcpt', to: owner.email, code: 550, times: 1 });
    await say(stack, owner, 'rejected');
    const { id } = await mailIn(stack, owner, 'rejected', 'failed');
    await stack.api('POST', '/v1/notes', { kind: 'notification', target: id, text: `asked ${owner.email}` });
    await stack.api('POST', `/v1/notifications/${id}/resend`, { reason: 'mended' });
    await mailIn(stack, owner, 'rejected', 'handed_over');
    const { timeline } = await why(owner);
    expect(timeline.map(({ kind }) => kind)).toEqual([
      'event',
      'event',
      'mail',
      'try',
      'person',
      'person',
      'try',
    ]);
    expect(timeline.filter(({ kind }) => kind === 'person').map(({ sentence }) => sentence)).toEqual([
      'API_KEY: note - asked [address]',
      'API_KEY: resend - mended',
    ]);
  });

  it('the newest first where there is more than a story holds, and that it is cut', async () => {
    const { taxReturnId } = aName();
    await stack.sql(
      `INSERT INTO quarantine (id, kind, queue, source, body, reason, detail, tax_return_id, received_at)
       SELECT gen_random_uuid(), 'refused', 'q', 's' || n, 'sealed', 'not-understood', 'message ' || n, $1, now() - n * interval '1 minute'
       FROM generate_series(1, 501) AS n`,
      [taxReturnId],
    );
    const { summary, timeline } = await why({ taxReturnId });
    expect(timeline).toHaveLength(500);
    expect(timeline.at(-1)?.sentence).toContain('message 1');
    expect(summary).toMatch(/Only the newest 500 of a kind are told here\.$/);
  });

  it('a message that waits for its return; and nothing at all', async () => {
    const stranger = aName();
    await say(stack, stranger, 'submitted');
    const { summary, timeline } = await why(stranger);
    expect(summary).toBe('This tax return was never registered. No mail was ever due to this taxpayer.');
    expect(timeline).toEqual([expect.objectContaining({ kind: 'parked' })]);
    expect((await stack.api('GET', `/v1/tax-returns/${randomUUID()}/why`)).status).toBe(404);
  });
});
