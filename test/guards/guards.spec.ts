import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { confirmationV2, failed, statusChangeV1 } from '#apps/local/src/direct-file.messages.js';
import { AlarmService, PauseService } from '#libs/notifications/index.js';
import type { Pausable } from '#libs/notifications/index.js';
import { mailIn, say, trailOf } from '../operate/mails.js';
import { eventually } from '../support/eventually.js';
import { aReturn } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { manyReturns } from '../support/make.many.js';
import { sesBounce, sesComplaint } from '../support/ses.js';
import { Stack } from '../support/stack.js';

/** Of a burst: more than may go out by the settings that nobody has to set. */
const MAILS = 1_000;
const FLOOR = 600;
const WORKERS = 2;
/** First tries of a process between two looks (send/seen.claims.ts). Two looks at once do not see each other's. */
const UNSEEN = 2 * 50;

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('guards', {
    worker: false,
    visibilityTimeout: 30,
    settings: {
      GUARDS: 'volume,returns,contradiction',
      GUARD_EVERY: '500ms',
      GUARD_RETURNS_LAST: '100',
      GUARD_COMPLAINTS_SHARE: '0.02',
      // Smaller than the numbers in production: the promise is the same, and the test is short.
      GUARD_CONTRADICTIONS: '5',
      GUARD_FAILURES: '20',
    },
  });
  for (let worker = 0; worker < WORKERS; worker += 1) await stack.startWorkerHere();
});
afterEach(async () => {
  for (const { template } of await pauses()) await resume(template);
  await stack.idle();
  await stack.sql('DELETE FROM mail_minutes');
});

const pauses = () => stack.app.get(PauseService).list();
const resume = (template: Pausable) =>
  stack.api('DELETE', `/v1/pauses/${template}`, { reason: 'looked at it' });
const alarm = () => stack.app.get(AlarmService).look();

/** What guards have paused, once it is something. */
const paused = (because: string) =>
  eventually(
    async () => {
      const held = await pauses();
      return held.length > 0 ? held : undefined;
    },
    { because, timeout: 60_000 },
  );

/** Messages of the upstream that so many are accepted, or rejected. */
function answered(owners: readonly MadeReturn[], status: 'accepted' | 'rejected'): string[] {
  const ids = owners.map(({ submissionId }) => submissionId);
  return Array.from({ length: Math.ceil(ids.length / 100) }, (_, part) =>
    statusChangeV1({ [status]: ids.slice(100 * part, 100 * (part + 1)) }),
  );
}

const inSubject = (owners: readonly MadeReturn[]) => {
  const emails = new Set(owners.map(({ email }) => email));
  return stack.mailbox.mails.filter(({ to }) => to.some((one) => emails.has(one))).length;
};

describe('far more mails of a template than is usual', () => {
  it('are stopped before the thousandth, by two workers of a burst; urgent mails of other templates go on; a person lets the rest go', async () => {
    const owners = await manyReturns(stack, MAILS);
    await stack.putAll('statusChange', answered(owners, 'accepted'));
    const [pause] = await paused('a template that is paused by its guard');
    expect(pause).toMatchObject({ template: 'accepted', actor: 'guard-volume', guard: 'volume' });
    expect(pause?.reason).toMatch(/^6\d\d mails were asked for within 10 minutes, .* up to 600 are usual\.$/);

    const other = await aReturn(stack);
    await say(stack, other, 'rejected');
    await mailIn(stack, other, 'rejected', 'handed_over');
    await eventually(async () => (await pauses())[0]?.waiting === MAILS - inSubject(owners), {
      because: 'the rest that waits, and nothing in conversation',
    });
    expect(inSubject(owners)).toBeLessThanOrEqual(FLOOR + WORKERS * UNSEEN);
    expect(inSubject(owners)).toBeLessThan(1_000);

    expect(await alarm()).toMatchObject({ guards: [{ guard: 'volume', template: 'accepted' }] });
    const { headers, body } = await stack.api<string>('GET', '/metrics');
    expect(headers.get('content-type')).toContain('text/plain');
    expect(body).toContain('receipt_guard_paused{guard="volume"} 1');
    expect(body).toContain('receipt_guard_paused{guard="returns"} 0');

    await resume('accepted');
    await eventually(() => inSubject(owners) === MAILS, { because: 'all of them, once somebody said so' });
    expect(await pauses()).toEqual([]);
    expect((await alarm())?.guards ?? []).toEqual([]);
    expect((await trailOf(stack, 'accepted')).map(({ actor, action }) => [actor, action])).toEqual([
      ['guard-volume', 'pause'],
      ['API_KEY', 'resume'],
    ]);
  });
});

describe('a lane of whose last mails too many come back', () => {
  const mails = async (count: number, template: string) => {
    const owners = await Promise.all(Array.from({ length: count }, () => aReturn(stack)));
    return Promise.all(
      owners.map(async (owner) => {
        if (template === 'accepted') await say(stack, owner, template);
        else
          await stack.api('POST', '/v1/notifications', {
            taxReturnId: owner.taxReturnId,
            template,
            occurrence: 'once',
          });
        const { id } = await mailIn(stack, owner, template, 'handed_over');
        return { id, email: owner.email };
      }),
    );
  };

  it('is paused by itself, the other goes on; resumed, it is not paused again for the same', async () => {
    for (const sent of await mails(6, 'accepted')) await stack.api('POST', '/v1/receipts', sesBounce(sent));
    expect(await paused('a lane that is paused by its guard')).toEqual([
      expect.objectContaining({
        template: 'urgent',
        guard: 'returns',
        reason: 'Of the last 100 mails 6 came back or were complained about (6%); up to 5% may.',
      }),
    ]);
    const owner = await aReturn(stack);
    await say(stack, owner, 'accepted');
    await mails(1, 'reminder-submit');
    await mailIn(stack, owner, 'accepted', 'queued');
    const { body } = await stack.api<{ summary: string; mails: { sentences: string[] }[] }>(
      'GET',
      `/v1/tax-returns/${owner.taxReturnId}/why`,
    );
    expect(JSON.stringify(body)).toContain('the urgent lane is paused since');

    expect((await resume('urgent')).body).toMatchObject({ queued: 1 });
    await mailIn(stack, owner, 'accepted', 'handed_over');
    await mails(1, 'accepted');
    expect(await pauses()).toEqual([]);
  });

  it('is paused sooner for complaints', async () => {
    for (const sent of await mails(3, 'reminder-submit'))
      await stack.api('POST', '/v1/receipts', sesComplaint(sent));
    expect(await paused('the other lane')).toEqual([
      expect.objectContaining({
        template: 'bulk',
        reason: 'Of the last 100 mails 3 were complained about (3%); up to 2% may be.',
      }),
    ]);
  });
});

describe('answers that cannot be true', () => {
  it('yes and no to the same submissions pause both mails; a person resumes them, and the same answers pause nothing again', async () => {
    const owners = await manyReturns(stack, 5);
    await stack.putAll('statusChange', answered(owners, 'rejected'));
    await eventually(() => inSubject(owners) === 5, { because: 'five that are told no' });
    await stack.putAll('statusChange', answered(owners, 'accepted'));
    await eventually(async () => (await pauses()).length === 2, { because: 'both mails that are paused' });
    expect((await pauses()).map(({ template, reason }) => [template, reason])).toEqual(
      ['accepted', 'rejected'].map((template) => [
        template,
        '5 submissions were said to be accepted and rejected within 15 minutes.',
      ]),
    );
    const owner = await aReturn(stack);
    await say(stack, owner, 'rejected');
    await say(stack, owner, 'submitted');
    await mailIn(stack, owner, 'rejected', 'queued');

    for (const template of ['accepted', 'rejected'] as const) await resume(template);
    await mailIn(stack, owner, 'rejected', 'handed_over');
    await stack.idle();
    expect(await pauses()).toEqual([]);
  });

  it('a rejection after the acceptance is one of them, though it is refused', async () => {
    const owners = await manyReturns(stack, 5);
    await stack.putAll('statusChange', answered(owners, 'accepted'));
    await eventually(() => inSubject(owners) === 5, { because: 'five that are told yes' });
    await stack.putAll('statusChange', answered(owners, 'rejected'));
    await eventually(async () => (await pauses()).length === 2, { because: 'both mails that are paused' });
  });

  it('no to all at once pauses the mail that says so; a person who says that it is true is believed for a day', async () => {
    const fail = async (owners: readonly MadeReturn[]) =>
      stack.putAll('confirmation', [
        confirmationV2(owners.map((owner) => failed({ ...owner, receiptId: null }, 'validation'))),
      ]);
    await fail(await manyReturns(stack, 20));
    expect(await paused('the mail of a failure that is paused')).toEqual([
      expect.objectContaining({
        template: 'submission-error',
        guard: 'contradiction',
        reason: expect.stringMatching(
          /^Of the last 2\d submissions (9\d.*|100)% failed; before it was 0%\.$/,
        ) as string,
      }),
    ]);
    await resume('submission-error');
    const more = await manyReturns(stack, 20);
    await fail(more);
    await eventually(() => inSubject(more) === 20, { because: 'twenty more that are told' });
    expect(await pauses()).toEqual([]);
  });
});
