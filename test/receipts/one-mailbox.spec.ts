import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { sendMailV1 } from '#apps/local/src/direct-file.messages.js';
import { AddressRehash } from '#libs/notifications/index.js';
import { Sealer } from '#libs/platform/index.js';
import { aName, aReturn } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { sesBounce, sesSoftBounce } from '../support/ses.js';
import { Stack } from '../support/stack.js';

const KEY = Buffer.alloc(32, 7);
const OLD_KEY = Buffer.alloc(32, 9);

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('one-mailbox', {
    settings: {
      SUPPRESS_SOFT_AFTER: '2',
      SUPPRESS_SOFT_WITHIN: '7d',
      ENCRYPTION_KEYS: `new:${KEY.toString('base64')},old:${OLD_KEY.toString('base64')}`,
    },
  });
});

describe('an address that holds what nobody sees, or is not as mail takes it', () => {
  it.each(['\u0001ana7@example.com', 'ana9\u200b@example.com', 'ana@[192.0.2.1]', '"ana"@example.com'])(
    '%j is refused over HTTP, with its pointer',
    async (email) => {
      const { taxReturnId } = aName();
      const { status, body } = await stack.api('PUT', `/v1/tax-returns/${taxReturnId}`, {
        email,
        accountEmail: email,
      });
      const detail = 'is not an e-mail address that mail can be sent to';
      expect([status, body]).toEqual([
        422,
        expect.objectContaining({
          errors: [
            { pointer: '/email', detail },
            { pointer: '/accountEmail', detail },
          ],
        }),
      ]);
    },
  );

  it('is parked when it comes on a queue, and its neighbours are sent', async () => {
    const [bad, good] = [await aReturn(stack), await aReturn(stack)];
    const mails = [`\u200b${bad.email}`, good.email].map((to, at) => ({
      to,
      taxReturnId: at === 0 ? bad.taxReturnId : good.taxReturnId,
      context: {},
    }));
    await stack.put('sendMail', sendMailV1({ ACCEPTED: mails }));
    await stack.idle();
    const parked = await stack.sql(
      'SELECT kind::text, reason, detail FROM quarantine WHERE tax_return_id = $1',
      [bad.taxReturnId],
    );
    expect(parked).toEqual([
      {
        kind: 'refused',
        reason: 'not-understood',
        detail: 'to: is not an e-mail address that mail can be sent to',
      },
    ]);
    expect([bad, good].map(({ email }) => mailsTo(email))).toEqual([0, 1]);
  });
});

describe('a mailbox that is written in two ways', () => {
  it('is suppressed in both', async () => {
    const { here, owner, other } = await twoSpellings();
    const sent = await mail(owner);
    await bring(sesBounce({ id: sent.id, email: here }));
    expect(await mail(other)).toMatchObject({ state: 'withheld', reason: 'suppressed' });
    expect(await mail(owner)).toMatchObject({ state: 'withheld', reason: 'suppressed' });
  });

  it('is suppressed by soft bounces in both, also of mails that were hashed otherwise', async () => {
    const { here, owner, other } = await twoSpellings();
    const [first, second] = [await mail(owner), await mail(other)];
    await stack.sql('UPDATE deliveries SET address_hash = $1 WHERE notification_id = $2', [
      hashedBefore(here),
      first.id,
    ]);
    await bring(sesSoftBounce({ id: first.id, email: here }));
    await bring(sesSoftBounce({ id: second.id, email: here }));
    expect(await mail(owner)).toMatchObject({ state: 'withheld', reason: 'suppressed' });
    expect(await mail(other)).toMatchObject({ state: 'withheld', reason: 'suppressed' });
  });
});

describe('what was hashed in the form of an earlier release', () => {
  it('is found before it is hashed anew, and after', async () => {
    await rehash();
    const { here, owner, other } = await twoSpellings();
    const sent = await mail(owner);
    await bring(sesBounce({ id: sent.id, email: here }));
    const [now] = await hashes('suppressions', sent.id);
    for (const before of [hashedBefore(here), hashedBefore(here, OLD_KEY)]) {
      for (const table of ['suppressions', 'deliveries'] as const)
        await stack.sql(`UPDATE ${table} SET address_hash = $1 WHERE notification_id = $2`, [
          before,
          sent.id,
        ]);
      expect(await mail(other)).toMatchObject({ state: 'withheld', reason: 'suppressed' });
      expect(await rehash()).toEqual({ rehashed: 2, left: 0 });
      expect([...(await hashes('suppressions', sent.id)), ...(await hashes('deliveries', sent.id))]).toEqual([
        now,
        now,
      ]);
      expect(await mail(other)).toMatchObject({ state: 'withheld', reason: 'suppressed' });
    }
    expect(await rehash()).toEqual({ rehashed: 0, left: 0 });
  });

  it('is left, and counted, where nobody knows the address any more', async () => {
    const { here, owner } = await twoSpellings();
    const sent = await mail(owner);
    await bring(sesBounce({ id: sent.id, email: here }));
    const before = hashedBefore(here);
    await stack.sql('UPDATE suppressions SET address_hash = $1 WHERE notification_id = $2', [
      before,
      sent.id,
    ]);
    await stack.api('PUT', `/v1/tax-returns/${owner.taxReturnId}`, { email: aName().email });
    expect(await rehash()).toMatchObject({ left: 1 });
    expect(await hashes('suppressions', sent.id)).toEqual([before]);
  });
});

/** Two returns of one mailbox, its domain in its own script and as DNS has it. */
async function twoSpellings() {
  const name = aName().email.split('@')[0] ?? '';
  const [here, there] = [`${name}@Bücher.example`, `${name}@xn--bcher-kva.example`];
  const [owner, other] = [await aReturn(stack, { email: here }), await aReturn(stack, { email: there })];
  return { here, owner, other };
}

async function mail({ taxReturnId }: MadeReturn): Promise<{ id: string; state: string }> {
  const asked = { taxReturnId, template: 'accepted', occurrence: randomUUID() };
  const { body } = await stack.api<{ id: string }>('POST', '/v1/notifications', asked);
  await stack.idle();
  return (await stack.api<{ id: string; state: string }>('GET', `/v1/notifications/${body.id}`)).body;
}

async function bring(receipt: string): Promise<void> {
  expect(await stack.api('POST', '/v1/receipts', receipt)).toMatchObject({ status: 202 });
}

function mailsTo(address: string): number {
  return stack.mailbox.mails.filter(({ to }) => to.includes(address)).length;
}

function hashedBefore(address: string, key?: Buffer): string {
  const keys = key ? [{ id: 'old', key }] : [{ id: 'new', key: KEY }];
  return new Sealer({ ENCRYPTION_KEYS: keys }).fingerprint(address.toLowerCase(), 'deliveries.address');
}

async function hashes(table: 'suppressions' | 'deliveries', notificationId: string): Promise<string[]> {
  const rows = await stack.sql<{ hash: string }>(
    `SELECT address_hash AS hash FROM ${table} WHERE notification_id = $1 AND address_hash IS NOT NULL`,
    [notificationId],
  );
  return rows.map(({ hash }) => hash);
}

function rehash() {
  return stack.app.get(AddressRehash).run();
}
