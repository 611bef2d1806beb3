import { beforeAll, expect, it } from 'vitest';
import { BatchEngine, SendQueue } from '#libs/notifications/index.js';
import { countedTwice, manyFailedWithoutAddress } from '../support/batch.lists.js';
import { aList, batchNow, countsOf, move, resultsOf, workedHere } from '../support/batches.js';
import { eventually } from '../support/eventually.js';
import { Mailbox } from '../support/mailbox.js';
import { Stack } from '../support/stack.js';

/** Mails of one batch that may be on their way. */
const WINDOW = 5;

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('without-address', {
    worker: false,
    mailbox: await Mailbox.start(),
    settings: { BATCH_ON_THE_WAY: String(WINDOW) },
  });
});

async function mailOf(taxReturnId: string) {
  const [mail] = await stack.sql<{ id: string; attempt: number; state: string; reason: string | null }>(
    'SELECT id, state::text, reason, attempt, settled_at IS NOT NULL AS settled FROM notifications WHERE tax_return_id = $1',
    [taxReturnId],
  );
  return mail;
}

async function jobs(): Promise<number> {
  const depth = await stack.app.get(SendQueue).depth('bulk');
  return Object.values(depth).reduce((sum, one) => sum + one, 0);
}

it('the mails of those who gave no address end as that at once, hold back no row and take no turn; each goes when somebody gives one', async () => {
  const ids = await manyFailedWithoutAddress(stack, 3 * WINDOW);
  const [one = '', alone = '', ...listed] = ids;
  const id = await aList(stack, [one, ...listed].join('\n'), {});
  await workedHere(stack, id);
  await move(stack, id, 'start-batch');
  // No worker runs.
  await stack.app.get(BatchEngine).work(new AbortController().signal);
  const done = await batchNow(stack, id);
  const many = listed.length + 1;
  expect([done.state, countsOf(done)]).toEqual(['finished', { applied: many, failed: many }]);
  expect((await countedTwice(stack, id)).counted).toEqual({ applied: many });
  const mail = await mailOf(one);
  const ended = { state: 'no_address', reason: 'no-address', settled: true };
  expect(mail).toEqual({ ...ended, id: mail?.id, attempt: 0 });
  expect((await resultsOf(stack, id))[0]).toBe(`1,${one},applied,no-address,${mail?.id},failure`);
  expect(await jobs()).toBe(0);

  const email = 'late@example.com';
  await stack.api('PUT', `/v1/tax-returns/${one}`, { email });
  expect(await mailOf(one)).toMatchObject({ state: 'queued', reason: null, settled: false });
  expect(await jobs()).toBe(1);
  await stack.api('POST', '/v1/submission-status', { taxReturnId: alone, status: 'error_resolved' });
  await stack.startWorkerHere();
  await eventually(() => stack.mailbox.mails.find(({ to }) => to.includes(email)), { because: 'its mail' });
  // By its turn it ends in the same words.
  await eventually(async () => ((await mailOf(alone))?.state === 'no_address' ? true : undefined), {
    because: 'a mail without an address that took its turn',
  });
  expect(await mailOf(alone)).toMatchObject({ ...ended, attempt: 1 });
});
