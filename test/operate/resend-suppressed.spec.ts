import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { PauseService } from '#libs/notifications/index.js';
import { aReturn } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { sesBounce } from '../support/ses.js';
import { Stack } from '../support/stack.js';
import { arrivedFor, mailIn, mailsOf, say, trailOf } from './mails.js';
import type { ShownMail } from './mails.js';

interface Counts {
  matching: number;
  openedAgain: number;
  madeNew: number;
  leftOut: { why: string; mails: number; overridable: boolean }[];
}

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('resend-suppressed');
});

describe('a mail that was withheld since its address was suppressed', () => {
  it('is left out while that holds, and goes without an override once it is lifted', async () => {
    const { owner, withheld } = await suppressed();
    expect((await resend(withheld)).body.detail).toContain('nothing is sent to it');
    await lift(owner);
    expect((await resend(withheld)).status).toBe(202);
    await stack.idle();
    expect(arrivedFor(stack, owner)).toHaveLength(2);
  });

  it('goes without an override once the suppression has expired, or another address is registered', async () => {
    const [expired, moved] = [await suppressed(), await suppressed()];
    await stack.sql(
      `UPDATE suppressions SET expires_at = now() - interval '1 second' WHERE notification_id = $1`,
      [expired.bounced.id],
    );
    await stack.api('PUT', `/v1/tax-returns/${moved.owner.taxReturnId}`, {
      email: `other-${moved.owner.email}`,
    });
    const ids = [expired.withheld.id, moved.withheld.id];
    expect(await resends({ filter: { ids }, reason: 'mended' })).toMatchObject({
      openedAgain: 2,
      leftOut: [],
    });
    await stack.idle();
    const mails = (await Promise.all([expired, moved].map(({ owner }) => mailsOf(stack, owner)))).flat();
    expect(mails.filter(({ id }) => ids.includes(id)).map(({ state }) => state)).toEqual([
      'handed_over',
      'handed_over',
    ]);
  });

  it('goes all the same where a person overrules it, with the reason in the trail', async () => {
    const { owner, withheld } = await suppressed();
    const answer = await resend(withheld, { override: ['suppressed'], reason: 'they say it works' });
    expect(answer.status).toBe(202);
    await stack.idle();
    expect(arrivedFor(stack, owner)).toHaveLength(2);
    expect(await trailOf(stack, withheld.id)).toMatchObject([
      { action: 'resend', reason: 'they say it works', after: { override: ['suppressed'] } },
    ]);
    // Only this one: what is asked for next is withheld as before.
    expect(await ask(owner)).toMatchObject({ state: 'withheld', reason: 'suppressed' });
  });

  it('is not sent for being overruled when it is no longer true by then: each reason by its name', async () => {
    const { owner, withheld } = await suppressed('rejected');
    const acting = { actor: 'on-call', reason: 'a backlog' };
    await stack.app.get(PauseService).pause('rejected', acting);
    expect((await resend(withheld, { override: ['suppressed'] })).status).toBe(202);
    await say(stack, owner, 'accepted');
    await stack.app.get(PauseService).resume('rejected', acting);
    await stack.idle();
    expect((await mailsOf(stack, owner)).find(({ id }) => id === withheld.id)).toMatchObject({
      state: 'withheld',
      reason: 'superseded-by-acceptance',
    });
  });

  it('is settled by a re-send when it is no longer true, so that nobody is asked for another address', async () => {
    const { owner, withheld } = await suppressed('rejected');
    await say(stack, owner, 'accepted');
    await stack.idle();
    expect(await resends({ filter: { ids: [withheld.id] }, reason: 'tidying up' })).toMatchObject({
      leftOut: [{ why: 'superseded', mails: 1 }],
    });
    expect((await mailsOf(stack, owner)).find(({ id }) => id === withheld.id)).toMatchObject({
      reason: 'superseded-by-acceptance',
      standing: 'success',
    });
    await resends({ filter: { ids: [withheld.id] }, reason: 'once more' });
    expect(await trailOf(stack, withheld.id)).toHaveLength(1);
  });
});

it('a mail that was overruled for being too late is withheld all the same when its address is suppressed by then', async () => {
  const owner = await aReturn(stack);
  const late = await ask(owner, { notAfter: new Date(Date.now() - 1000).toISOString() });
  expect(late).toMatchObject({ state: 'withheld', reason: 'too-late' });
  const acting = { actor: 'on-call', reason: 'a backlog' };
  const bounced = await ask(owner);
  await stack.app.get(PauseService).pause('accepted', acting);
  expect((await resend(late, { override: ['too-late'] })).status).toBe(202);
  await stack.api('POST', '/v1/receipts', sesBounce({ id: bounced.id, email: owner.email }));
  await stack.app.get(PauseService).resume('accepted', acting);
  await stack.idle();
  expect((await mailsOf(stack, owner)).find(({ id }) => id === late.id)).toMatchObject({
    state: 'withheld',
    reason: 'suppressed',
  });
});

describe('a mail to an address that is suppressed now, whatever it stumbled over itself,', () => {
  it.each([
    ['failed', { openedAgain: 1 }],
    ['came back', { madeNew: 1 }],
  ])('is left out by dry run and run when it %s; overruled, it is sent', async (what, sent) => {
    const { owner, bounced, failed } = await suppressed();
    const { id } = what === 'failed' ? failed : bounced;
    const filter = { ids: [id] };
    const leftOut = [{ why: 'suppressed', mails: 1, overridable: true }];
    const nobody = { matching: 1, openedAgain: 0, madeNew: 0, leftOut };
    expect(await resends({ filter, dryRun: true })).toMatchObject(nobody);
    expect(await resends({ filter, reason: 'mended' })).toMatchObject(nobody);
    expect(await trailOf(stack, id)).toEqual([]);

    const overruled = { filter, override: ['suppressed'] };
    expect(await resends({ ...overruled, dryRun: true })).toMatchObject({ ...sent, leftOut: [] });
    expect(await resends({ ...overruled, reason: 'they say it works' })).toMatchObject(sent);
    await stack.idle();
    expect(arrivedFor(stack, owner)).toHaveLength(2);
  });

  it('is left out of many by the address of each: the others go', async () => {
    const [held, lifted] = [await suppressed(), await suppressed()];
    await lift(lifted.owner);
    const ids = [held, lifted].flatMap(({ withheld, failed }) => [withheld.id, failed.id]);
    expect(await resends({ filter: { ids }, reason: 'mended' })).toMatchObject({
      matching: 4,
      openedAgain: 2,
      leftOut: [{ why: 'suppressed', mails: 2 }],
    });
    await stack.idle();
    expect([held, lifted].map(({ owner }) => arrivedFor(stack, owner).length)).toEqual([1, 3]);
  });
});

it('a mail whose address cannot be opened is left out as such, not sent in vain', async () => {
  const { owner, failed } = await suppressed();
  await stack.sql(`UPDATE tax_returns SET email = 'gone.' || email WHERE id = $1`, [owner.taxReturnId]);
  expect(await resends({ filter: { ids: [failed.id] }, dryRun: true })).toMatchObject({
    leftOut: [{ why: 'unreadable', mails: 1 }],
  });
});

/** A return with a mail that failed, one that came back for good, and so one that was withheld. */
async function suppressed(template = 'accepted') {
  const owner = await aReturn(stack);
  stack.mailbox.answer({ at: 'rcpt', to: owner.email, code: 550, text: '5.2.1 not now', times: 1 });
  const failed = await ask(owner);
  const bounced = await ask(owner);
  await stack.api('POST', '/v1/receipts', sesBounce({ id: bounced.id, email: owner.email }));
  if (template === 'rejected') await say(stack, owner, 'rejected');
  const withheld =
    template === 'rejected' ? await mailIn(stack, owner, 'rejected', 'withheld') : await ask(owner);
  expect([failed, bounced, withheld].map(({ state }) => state)).toEqual([
    'failed',
    'handed_over',
    'withheld',
  ]);
  return { owner, failed, bounced, withheld };
}

/** Asks for one more mail and waits for its end. */
async function ask({ taxReturnId }: MadeReturn, more: object = {}): Promise<ShownMail> {
  const asked = { taxReturnId, template: 'accepted', occurrence: randomUUID(), ...more };
  const { body } = await stack.api<{ id: string }>('POST', '/v1/notifications', asked);
  await stack.idle();
  return (await stack.api<ShownMail>('GET', `/v1/notifications/${body.id}`)).body;
}

function resend({ id }: ShownMail, body: object = {}) {
  return stack.api<{ detail: string }>('POST', `/v1/notifications/${id}/resend`, {
    reason: 'a test',
    ...body,
  });
}

async function resends(body: object): Promise<Counts> {
  const answer = await stack.api<Counts>('POST', '/v1/resends', body, { 'idempotency-key': randomUUID() });
  expect(answer.status).toBe(200);
  return answer.body;
}

async function lift({ taxReturnId }: MadeReturn): Promise<void> {
  const { body } = await stack.api<{ items: { id: string }[] }>(
    'GET',
    `/v1/suppressions?taxReturnId=${taxReturnId}`,
  );
  for (const { id } of body.items)
    await stack.api('POST', `/v1/suppressions/${id}/lift`, { reason: 'it works again' });
}
