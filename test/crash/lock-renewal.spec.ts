import { once } from 'node:events';
import type { Worker } from 'bullmq';
import { describe, expect, it } from 'vitest';
import { SendUrgentProcessor } from '#apps/worker/src/send.processor.js';
import { eventually } from '../support/eventually.js';
import { aReturn, submitted } from '../support/make.js';
import { queueBackends } from '../support/servers.js';
import { Stack, type StackOptions } from '../support/stack.js';
import { countByState } from './found.js';

const REPORT = 'could not renew lock';

async function withWorker(label: string, options: StackOptions): Promise<{ stack: Stack; worker: Worker }> {
  const stack = await Stack.start(label, { ...options, worker: false });
  const { worker } = (await stack.startWorkerHere()).get(SendUrgentProcessor);
  return { stack, worker };
}

describe.each(queueBackends())('with the send queue on $name', (backend) => {
  it('a job that ended while its lock was being renewed is no cause for complaint', async () => {
    const { stack, worker } = await withWorker(`lock-renewal-${backend.name}`, { backend });
    const failed = once(worker, 'lockRenewalFailed');
    // As the renewal finds it: still listed when it sets out, and gone from the queue when it arrives.
    locksOf(worker).trackJob('ended', 'token', 1);
    expect(await failed).toEqual([['ended']]);
    locksOf(worker).untrackJob('ended');
    expect(stack.log()).not.toContain(REPORT);
  });
});

// Where the lock can be taken away by a statement.
it('a lock that is gone in mid-send is reported; the job is taken up again, and its mail goes out once', async () => {
  const { stack } = await withWorker('lost-lock', {});
  stack.mailbox.hold();
  await stack.put('confirmation', submitted(await aReturn(stack)));
  await eventually(() => stack.mailbox.heldCount === 1, { because: 'a send in mid-conversation' });
  await stack.sql(`UPDATE bullmq.job SET lock_token = 'of another' WHERE state = 'active'`);
  await eventually(() => stack.log().includes(REPORT), { because: 'a report' });
  stack.mailbox.release();
  await eventually(async () => (await stack.sql('SELECT 1 FROM bullmq.job')).length === 0, {
    because: 'the job to be done a second time',
  });
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
