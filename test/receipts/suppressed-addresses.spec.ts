import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { AuditTrail } from '#libs/notifications/index.js';
import { Sealer } from '#libs/platform/index.js';
import { addressHashesOf } from '../../libs/notifications/src/terms/address.hash.js';
import { aReturn } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { sesBounce, sesComplaint, sesSoftBounce } from '../support/ses.js';
import type { SentMail } from '../support/ses.js';
import { Stack } from '../support/stack.js';

/** Everything was sealed and hashed with it until lately. */
const OLD_KEY = Buffer.alloc(32, 9);

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('suppressed-addresses', {
    settings: {
      SUPPRESS_SOFT_AFTER: '3',
      SUPPRESS_SOFT_WITHIN: '7d',
      ENCRYPTION_KEYS: `new:${Buffer.alloc(32, 7).toString('base64')},old:${OLD_KEY.toString('base64')}`,
    },
  });
});

interface Suppression {
  id: string;
  reason: string;
  notificationId: string;
  expiresAt: string;
  liftedAt: string | null;
}

const begun = Date.now();
const days = (count: number) => new Date(begun - count * 86_400_000);

describe('to an address', () => {
  it('nothing is sent after a hard bounce, no conversation begins, and the taxpayer counts as untold', async () => {
    const { owner, sent } = await aMailTo();
    await bring(sesBounce(sent));
    const next = await mail(owner);
    expect(next).toMatchObject({
      state: 'withheld',
      reason: 'suppressed',
      standing: 'failure',
      deliveries: [],
    });
    expect(mailsTo(owner.email)).toBe(1);
    expect(await suppressions(owner)).toMatchObject([
      { reason: 'hard-bounce', notificationId: sent.id, liftedAt: null },
    ]);
  });

  it('nothing is sent after a complaint, although that mail was received', async () => {
    const { owner, sent } = await aMailTo();
    await bring(sesComplaint(sent));
    expect((await stack.api('GET', `/v1/notifications/${sent.id}`)).body).toMatchObject({
      standing: 'success',
    });
    expect(await mail(owner)).toMatchObject({ state: 'withheld', reason: 'suppressed' });
    expect(await suppressions(owner)).toMatchObject([{ reason: 'complaint' }]);
  });

  it('mails go after two soft bounces, and none after the third', async () => {
    const { owner, sent } = await aMailTo();
    for (const at of [days(2), days(1)]) await bring(sesSoftBounce(sent, { at }));
    expect(await mail(owner)).toMatchObject({ state: 'handed_over' });
    await bring(sesSoftBounce(sent));
    expect(await mail(owner)).toMatchObject({ state: 'withheld', reason: 'suppressed' });
    expect(await suppressions(owner)).toMatchObject([{ reason: 'soft-bounces' }]);
  });

  it('mails go when its soft bounces lie far apart', async () => {
    const { owner, sent } = await aMailTo();
    for (const at of [days(10), days(5), days(1)]) await bring(sesSoftBounce(sent, { at }));
    expect(await suppressions(owner)).toEqual([]);
    expect(await mail(owner)).toMatchObject({ state: 'handed_over' });
  });

  it('mails go again when the time has passed', async () => {
    const { owner, sent } = await aMailTo();
    await bring(sesBounce(sent, { at: days(364) }));
    expect(await mail(owner)).toMatchObject({ state: 'withheld' });
    await stack.sql(
      `UPDATE suppressions SET expires_at = now() - interval '1 second' WHERE notification_id = $1`,
      [sent.id],
    );
    expect(await mail(owner)).toMatchObject({ state: 'handed_over' });
    expect(await suppressions(owner)).toEqual([]);
    expect(await suppressions(owner, '&active=false')).toHaveLength(1);
  });

  it('mails go when another one is registered', async () => {
    const { owner, sent } = await aMailTo();
    await bring(sesBounce(sent));
    const email = `other-${owner.email}`;
    await stack.api('PUT', `/v1/tax-returns/${owner.taxReturnId}`, { email });
    expect(await mail(owner)).toMatchObject({ state: 'handed_over' });
    expect(mailsTo(email)).toBe(1);
  });

  it('nothing is sent for another return either, nor in other letters, and the suppression is found by that return', async () => {
    const { owner, sent } = await aMailTo();
    await bring(sesBounce(sent));
    const other = await aReturn(stack, { email: owner.email.toUpperCase() });
    expect(await mail(other)).toMatchObject({ state: 'withheld', reason: 'suppressed' });
    expect(await suppressions(other)).toMatchObject([{ notificationId: sent.id }]);
  });

  it('nothing is sent when it was suppressed under an earlier encryption key', async () => {
    const { owner, sent } = await aMailTo();
    await bring(sesBounce(sent));
    const [hash] = addressHashesOf(
      new Sealer({ ENCRYPTION_KEYS: [{ id: 'old', key: OLD_KEY }] }),
      owner.email,
    );
    await stack.sql('UPDATE suppressions SET address_hash = $1 WHERE notification_id = $2', [hash, sent.id]);
    expect(await mail(owner)).toMatchObject({ state: 'withheld', reason: 'suppressed' });
  });

  it('has one suppression, which the gravest reason names and the last receipt prolongs', async () => {
    const { owner, sent } = await aMailTo();
    await bring(sesBounce(sent, { at: days(3) }));
    const [first] = await suppressions(owner);
    await bring(sesComplaint(sent, { at: days(1) }));
    await bring(sesBounce(sent, { at: days(2) }));
    const [second, ...more] = await suppressions(owner);
    expect(more).toEqual([]);
    expect([second?.id, second?.reason]).toEqual([first?.id, 'complaint']);
    expect(Date.parse(second?.expiresAt ?? '') - Date.parse(first?.expiresAt ?? '')).toBe(2 * 86_400_000);
  });
});

describe('a suppression is lifted', () => {
  it('with a reason; what is asked for afterwards goes, what was withheld waits for a person', async () => {
    const { owner, sent } = await aMailTo();
    await bring(sesBounce(sent));
    const withheld = await mail(owner);
    const [held] = await suppressions(owner);
    expect((await lift(held?.id, {})).status).toBe(422);
    const lifted = await lift(held?.id, { reason: `asked ${owner.email}: it works again` });
    expect([lifted.status, lifted.body]).toEqual([200, expect.objectContaining({ id: held?.id })]);
    expect(await mail(owner)).toMatchObject({ state: 'handed_over' });
    expect((await stack.api('GET', `/v1/notifications/${withheld.id}`)).body).toMatchObject({
      state: 'withheld',
    });
    await lift(held?.id, { reason: 'again' });
    const trail = await stack.app.get(AuditTrail).page({ kind: 'suppression', target: held?.id, limit: 10 });
    expect(trail).toMatchObject([
      {
        action: 'lift-suppression',
        actor: 'API_KEY',
        reason: 'asked [address]: it works again',
        before: { reason: 'hard-bounce', liftedAt: null },
      },
    ]);
  });

  it('until something happens after that: what happened before does not count again', async () => {
    const { owner, sent } = await aMailTo();
    const before = days(1);
    await bring(sesBounce(sent, { at: before, feedbackId: 'first' + sent.id }));
    const [held] = await suppressions(owner);
    await lift(held?.id, { reason: 'mended' });
    await bring(sesBounce(sent, { at: before, feedbackId: 'first' + sent.id }));
    await bring(sesBounce(sent, { at: before }));
    expect(await suppressions(owner)).toEqual([]);
    await bring(sesBounce(sent, { at: new Date(Date.now() + 1000) }));
    expect(await suppressions(owner)).toHaveLength(1);
  });

  it('also of soft bounces: it takes as many again', async () => {
    const { owner, sent } = await aMailTo();
    for (const ago of [3, 2, 1]) await bring(sesSoftBounce(sent, { at: days(ago) }));
    const [held] = await suppressions(owner);
    await lift(held?.id, { reason: 'the mailbox was emptied' });
    const counts = [];
    for (const later of [1, 2, 3]) {
      await bring(sesSoftBounce(sent, { at: new Date(Date.now() + later * 1000) }));
      counts.push((await suppressions(owner)).length);
    }
    expect(counts).toEqual([0, 0, 1]);
  });

  it('only when there is one', async () => {
    expect((await lift(randomUUID(), { reason: 'why not' })).status).toBe(404);
  });
});

it('no address is shown or left behind', async () => {
  const { body } = await stack.api('GET', '/v1/suppressions?active=false&limit=500');
  expect((body as { items: unknown[] }).items.length).toBeGreaterThan(0);
  expect(JSON.stringify(body)).not.toMatch(/@|hash/i);
  expect(await stack.addressesLeftBehind()).toEqual([]);
});

/** Handed over so long ago that whatever is said of it may have happened since. */
async function aMailTo(): Promise<{ owner: MadeReturn; sent: SentMail }> {
  const owner = await aReturn(stack);
  const { id, state } = await mail(owner);
  expect(state).toBe('handed_over');
  await stack.sql(
    `UPDATE deliveries SET opened_at = now() - interval '400 days' WHERE notification_id = $1`,
    [id],
  );
  return { owner, sent: { id, email: owner.email } };
}

/** Asks for one more mail and waits for its end. */
async function mail({ taxReturnId }: MadeReturn): Promise<{ id: string; state: string }> {
  const asked = { taxReturnId, template: 'accepted', occurrence: randomUUID() };
  const { body } = await stack.api<{ id: string }>('POST', '/v1/notifications', asked);
  await stack.idle();
  return (await stack.api<{ id: string; state: string }>('GET', `/v1/notifications/${body.id}`)).body;
}

async function bring(receipt: string): Promise<void> {
  const { status } = await stack.api('POST', '/v1/receipts', receipt);
  expect(status).toBe(202);
}

async function suppressions({ taxReturnId }: MadeReturn, more = ''): Promise<Suppression[]> {
  const { body } = await stack.api<{ items: Suppression[] }>(
    'GET',
    `/v1/suppressions?taxReturnId=${taxReturnId}${more}`,
  );
  return body.items;
}

function lift(id: string | undefined, body: object) {
  return stack.api('POST', `/v1/suppressions/${id}/lift`, body);
}

function mailsTo(address: string): number {
  return stack.mailbox.mails.filter(({ to }) => to.includes(address)).length;
}
