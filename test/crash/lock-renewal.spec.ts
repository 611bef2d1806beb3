import { once } from 'node:events';
import type { Worker } from 'bullmq';
import { beforeAll, expect, it } from 'vitest';
import { SendUrgentProcessor } from '#apps/worker/src/send.processor.js';
import { eventually } from '../support/eventually.js';
import { aReturn, submitted } from '../support/make.js';
import { Stack } from '../support/stack.js';
import { countByState } from './found.js';

const REPORT = 'could not renew lock';

let stack: Stack;
let lane: Worker;
beforeAll(async () => {
  stack = await Stack.start('lock-renewal', { worker: false });
  lane = (await stack.startWorkerHere()).get(SendUrgentProcessor).worker;
});

it('a job that ended while its lock was being renewed is no cause for complaint', async () => {
  const renewed = once(lane, 'lockRenewalFailed');
  // As the renewal finds it: still listed when it sets out, and gone from the queue when it arrives.
  locksOf(lane).trackJob('ended', 'token', 1);
  expect(await renewed).toEqual([['ended']]);
  locksOf(lane).untrackJob('ended');
  expect(stack.log()).not.toContain(REPORT);
});

it('a lock that is gone in mid-send is reported, and its mail goes out once', async () => {
  stack.mailbox.hold();
  await stack.put('confirmation', submitted(await aReturn(stack)));
  await eventually(() => stack.mailbox.heldCount === 1, { because: 'a send in mid-conversation' });
  await stack.sql(`UPDATE bullmq.job SET lock_token = 'of another' WHERE state = 'active'`);
  await eventually(() => stack.log().includes(REPORT), { because: 'a report' });
  stack.mailbox.release();
  await stack.idle();
  expect(await countByState(stack)).toEqual({ handed_over: 1 });
  expect(stack.mailbox.mails).toHaveLength(1);
});

/** The locks that a worker renews, of which BullMQ tells nobody. */
function locksOf(worker: Worker): {
  trackJob(id: string, token: string, since: number): void;
  untrackJob(id: string): void;
} {
  return (worker as unknown as { lockManager: ReturnType<typeof locksOf> }).lockManager;
}
