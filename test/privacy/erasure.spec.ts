import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sendMailV1 } from '#apps/local/src/direct-file.messages.js';
import { ErasureService } from '#libs/notifications/index.js';
import { dumpOf } from '../support/dump.js';
import { eventually } from '../support/eventually.js';
import { aReturn } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';
import { receipt } from '../support/terminal.js';
import { arrivedFor, mailIn, mailsOf, say, trailOf } from '../operate/mails.js';

interface Erased {
  taxReturnId: string;
  erasedAt: string;
  complete: boolean;
}

interface Audit {
  told: Record<string, number>;
}

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('erasure');
});
beforeEach(() => stack.mailbox.clear());

const path = (owner: Pick<MadeReturn, 'taxReturnId'>) => `/v1/tax-returns/${owner.taxReturnId}/data`;
const erase = (owner: Pick<MadeReturn, 'taxReturnId'>) =>
  stack.api<Erased>('DELETE', path(owner), { reason: 'asked for, case 4711' });
const audit = async () => (await stack.api<Audit>('GET', '/v1/audit')).body;

/** Where any of these texts is left, by one who has the keys. */
async function left(...texts: string[]): Promise<string[]> {
  return (await dumpOf(stack)).filter((line) => texts.some((text) => line.includes(text)));
}

describe('erasing what is kept of a return', () => {
  it('leaves nobody named in any table, and every count, standing and status as it was', async () => {
    const owner = await aReturn(stack);
    const name = `name${randomUUID()}`;
    const { taxReturnId, submissionId } = owner;
    const rejectionCodes = [{ MeFErrorCode: 'R0000-500', MeFDescription: `${name} is on file already` }];
    await stack.api('POST', '/v1/submission-status', {
      taxReturnId,
      submissionId,
      status: 'rejected',
      rejectionCodes,
    });
    const asked = { to: `${name}@example.com`, taxReturnId, context: { state: 'MA', firstName: name } };
    await stack.put('sendMail', sendMailV1({ REMINDER_STATE: [asked] }));
    await mailIn(stack, owner, 'rejected', 'handed_over');
    await mailIn(stack, owner, 'reminder-state', 'handed_over');
    await stack.idle();
    const seen = async () => [
      { ...(await audit()), at: undefined },
      (await stack.api('GET', `/v1/notifications?taxReturnId=${taxReturnId}`)).body,
      (await stack.api('GET', `/v1/tax-returns/${taxReturnId}/eligibility`)).body,
      (await stack.api('GET', '/v1/events')).body,
    ];
    const withoutOwner = (all: unknown[]) =>
      JSON.stringify(all, (key, value: unknown) => (key === 'userId' ? undefined : value));
    const before = await seen();
    expect((await left(name, owner.email, owner.userId)).length).toBeGreaterThan(5);

    const answer = await erase(owner);
    expect(answer).toMatchObject({ status: 200, body: { taxReturnId, complete: true } });
    expect(await left(name, owner.email, owner.userId)).toEqual([]);
    expect(withoutOwner(await seen())).toBe(withoutOwner(before));
    expect(await trailOf(stack, taxReturnId)).toEqual([
      {
        actor: 'API_KEY',
        action: 'erase',
        reason: 'asked for, case 4711',
        before: null,
        after: { mails: 2, withheld: 0, messages: 0, inHand: 0 },
      },
    ]);
    // Said once more, it is the same, and the trail has it once.
    expect((await erase(owner)).body).toEqual(answer.body);
    expect(await trailOf(stack, taxReturnId)).toHaveLength(1);
    // What comes again brings nothing back.
    await stack.api('PUT', `/v1/submissions/${submissionId}/rejection-codes`, rejectionCodes);
    expect(await left(name)).toEqual([]);
  });

  it('withholds what was not sent yet, and sends nothing of it ever again', async () => {
    await stack.api('POST', '/v1/pauses', { template: 'rejected', reason: 'x' });
    const [owner, homeless] = [await aReturn(stack), await aReturn(stack, { email: null })];
    for (const one of [owner, homeless]) await say(stack, one, one === owner ? 'rejected' : 'accepted');
    await mailIn(stack, owner, 'rejected', 'queued');
    const { id } = await mailIn(stack, homeless, 'accepted', 'no_address');
    const sum = ({ told }: Audit) => Object.values(told).reduce((all, some) => all + some, 0);
    const before = sum(await audit());
    for (const one of [owner, homeless]) await erase(one);
    await stack.api('DELETE', '/v1/pauses/rejected', { reason: 'x' });
    for (const one of [owner, homeless]) {
      await stack.api('PUT', `/v1/tax-returns/${one.taxReturnId}`, { email: one.email });
      expect(await mailsOf(stack, one)).toMatchObject([{ state: 'withheld', reason: 'erased' }]);
    }
    expect(sum(await audit())).toBe(before);
    expect(await stack.api('POST', `/v1/notifications/${id}/resend`, { reason: 'x' })).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('has been erased') as string },
    });
    await stack.idle();
    for (const one of [owner, homeless]) expect(arrivedFor(stack, one)).toEqual([]);
  });

  it('ends what waited in quarantine for the return', async () => {
    const owner = { ...(await aReturn(stack)), submissionId: 'A-nobody-knows' };
    await stack.put(
      'confirmation',
      JSON.stringify({ ...owner, status: 'error_xml', failure: { category: 'c', message: owner.userId } }),
    );
    const parked = await eventually(
      async () =>
        (
          await stack.sql<{ id: string }>('SELECT id FROM quarantine WHERE tax_return_id = $1', [
            owner.taxReturnId,
          ])
        )[0],
      { because: 'a message that waits' },
    );
    await erase(owner);
    expect(await left(owner.userId)).toEqual([]);
    expect(await stack.sql('SELECT resolution, body FROM quarantine WHERE id = $1', [parked.id])).toEqual([
      { resolution: 'erased', body: null },
    ]);
    expect(await stack.api('POST', `/v1/quarantine/${parked.id}/replay`, { reason: 'x' })).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('erased') as string },
    });
  });

  it('goes on counting what comes later; its mails wait for another address', async () => {
    const owner = await aReturn(stack);
    await say(stack, owner, 'rejected');
    await mailIn(stack, owner, 'rejected', 'handed_over');
    await erase(owner);
    await say(stack, owner, 'rejected');
    await say(stack, owner, 'accepted');
    await mailIn(stack, owner, 'accepted', 'no_address');
    expect(await mailsOf(stack, owner)).toHaveLength(2);
    const status = await stack.api('GET', `/v1/tax-returns/${owner.taxReturnId}/status`);
    expect(status.body).toMatchObject({ status: 'Accepted' });
    await stack.api('PUT', `/v1/tax-returns/${owner.taxReturnId}`, { email: owner.email });
    await mailIn(stack, owner, 'accepted', 'handed_over');
    // What came since is erased in its turn.
    await erase(owner);
    expect(await left(owner.email)).toEqual([]);
    expect(await trailOf(stack, owner.taxReturnId)).toHaveLength(2);
  });

  it.each([
    { relay: 'takes it', state: 'handed_over', reason: null },
    { relay: 'puts it off', state: 'withheld', reason: 'erased' },
  ])(
    'lets a conversation end first: where the relay $relay, it is $state',
    async ({ relay, state, reason }) => {
      const owner = await aReturn(stack);
      if (relay === 'takes it') stack.mailbox.hold();
      // It is put off whenever it is tried, so that it is in a conversation again and again.
      else stack.mailbox.answer({ at: 'data', code: 451, to: owner.email });
      await say(stack, owner, 'accepted');
      if (relay === 'takes it') {
        await eventually(() => Promise.resolve(stack.mailbox.heldCount > 0), { because: 'a mail in DATA' });
        expect((await erase(owner)).body).toMatchObject({ complete: false });
        const erasures = stack.app.get(ErasureService, { strict: false });
        expect(await erasures.finish()).toBe(0);
        stack.mailbox.release();
        await mailIn(stack, owner, 'accepted', 'handed_over');
        await eventually(async () => (await erase(owner)).body.complete || (await erasures.finish()) > 0, {
          because: 'an erasure that ends',
        });
      } else {
        await eventually(async () => ((await mailsOf(stack, owner))[0]?.attempt ?? 0) > 1, {
          because: 'a mail that is tried again',
        });
        await erase(owner);
        await eventually(
          async () => {
            await stack.app.get(ErasureService, { strict: false }).finish();
            return (await erase(owner)).body.complete;
          },
          { because: 'an erasure that ends' },
        );
      }
      expect(await mailsOf(stack, owner)).toMatchObject([{ state, reason }]);
      expect(await left(owner.email)).toEqual([]);
    },
  );

  it('is refused for a return that nobody has heard of, and without a reason', async () => {
    expect((await erase({ taxReturnId: randomUUID() })).status).toBe(404);
    expect((await stack.api('DELETE', path(await aReturn(stack)), {})).status).toBe(422);
  });
});

describe('receipt erase', () => {
  it('says first what it would do, and then does it', async () => {
    const owner = await aReturn(stack);
    await say(stack, owner, 'accepted');
    await mailIn(stack, owner, 'accepted', 'handed_over');
    const { taxReturnId } = owner;
    const dry = await receipt(['erase', taxReturnId, '--dry-run', '--json'], stack.environment);
    expect(JSON.parse(dry.stdout)).toMatchObject({ dryRun: true, taxReturnId, mails: 1, withheld: 0 });
    expect((await left(owner.email)).length).toBeGreaterThan(0);
    expect(await receipt(['erase', taxReturnId], stack.environment)).toMatchObject({ code: 2 });
    const done = await receipt(['erase', taxReturnId, '--reason', 'x', '--as', 'ann'], stack.environment);
    expect(done).toMatchObject({ code: 0, stderr: expect.stringContaining('of 1 mail') as string });
    expect(await left(owner.email)).toEqual([]);
    expect(await trailOf(stack, taxReturnId)).toMatchObject([{ actor: 'ann', action: 'erase' }]);
    const unknown = await receipt(['erase', randomUUID(), '--reason', 'x'], stack.environment);
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('No tax return') as string });
  });
});
