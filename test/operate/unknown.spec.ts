import { beforeAll, describe, expect, it } from 'vitest';
import { aReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';
import { arrivedFor, mailIn, say, trailOf } from './mails.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('unknown');
});

/** The relay had the whole mail, and the connection broke. */
async function unknown(keep: boolean) {
  const owner = await aReturn(stack);
  stack.mailbox.drop({ at: 'after-data', to: owner.email, keep });
  await say(stack, owner, 'rejected');
  return { owner, mail: await mailIn(stack, owner, 'rejected', 'unknown') };
}

const resolve = (id: string, body: object) =>
  stack.api<{ detail: string; done: boolean }>('POST', `/v1/notifications/${id}/resolution`, {
    reason: 'looked',
    ...body,
  });

describe('a mail whose outcome is unknown', () => {
  it('counts as told once a person says that it arrived, with evidence', async () => {
    const { owner, mail } = await unknown(true);
    expect((await resolve(mail.id, { resolution: 'arrived' })).status).toBe(422);
    const evidence = `log 02:14 <${owner.email}>: queued as 4XyZ`;
    expect(await resolve(mail.id, { resolution: 'arrived', evidence })).toMatchObject({
      status: 200,
      body: { done: true },
    });
    expect(await mailIn(stack, owner, 'rejected', 'handed_over')).toMatchObject({
      reason: 'confirmed-by-person',
      standing: 'success',
    });
    expect(await trailOf(stack, mail.id)).toMatchObject([
      {
        action: 'resolve-unknown',
        before: { state: 'unknown' },
        after: { resolution: 'arrived', evidence: 'log 02:14 <[address]>: queued as 4XyZ' },
      },
    ]);
    expect(arrivedFor(stack, owner)).toHaveLength(1);
  });

  it('is sent again under its Message-ID once a person says so', async () => {
    const { owner, mail } = await unknown(false);
    expect((await resolve(mail.id, { resolution: 'send-again' })).status).toBe(200);
    await mailIn(stack, owner, 'rejected', 'handed_over');
    expect(arrivedFor(stack, owner).map(({ messageId }) => messageId)).toEqual([
      `<${mail.id}@return-receipt.example.org>`,
    ]);
  });

  it('is decided once: the second person is told so', async () => {
    const { mail } = await unknown(true);
    const evidence = 'a line';
    const both = await Promise.all([
      resolve(mail.id, { resolution: 'arrived', evidence }),
      resolve(mail.id, { resolution: 'arrived', evidence }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await trailOf(stack, mail.id)).toHaveLength(1);
  });
});
