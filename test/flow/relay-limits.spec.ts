import { beforeAll, describe, expect, it } from 'vitest';
import { SendQueue } from '#libs/notifications/index.js';
import { eventually } from '../support/eventually.js';
import { submitted } from '../support/make.js';
import { manyReturns } from '../support/make.many.js';
import { queueBackends } from '../support/servers.js';
import { Stack } from '../support/stack.js';
import { countByState } from '../crash/found.js';

const MAILS = 12;

describe.each(queueBackends())('what the relay takes, with the send queue on $name', (backend) => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start(`relay-limits-${backend.name}`, { backend, worker: false });
    return () => stack.stop();
  });

  async function through(settings: Record<string, string>): Promise<string[]> {
    const owners = await manyReturns(stack, MAILS);
    await stack.putAll('confirmation', owners.map(submitted));
    await Promise.all([stack.startWorkerHere(settings), stack.startWorkerHere(settings)]);
    return owners.map(({ taxReturnId }) => taxReturnId);
  }

  it('at once is shared by all workers', async () => {
    stack.mailbox.hold();
    await through({ RELAY_CONCURRENCY_URGENT: '3' });
    const queue = stack.app.get(SendQueue);
    await eventually(
      async () => {
        const { active, waiting } = await queue.depth('urgent');
        return active === 3 && waiting === MAILS - 3 && stack.mailbox.heldCount === 3;
      },
      { because: 'three conversations, and all others in the queue' },
    );
    stack.mailbox.release();
    await stack.idle();
    await stack.stopWorkersHere();
    expect(await countByState(stack)).toEqual({ handed_over: MAILS });
  });

  it('in a second is shared by all workers, and who is over it waits', async () => {
    const returns = await through({ RELAY_RATE_URGENT: '4' });
    await stack.idle();
    await stack.stopWorkersHere();
    // The windows are fixed, so at their edge two may meet.
    const [busiest] = await stack.sql<{ count: number }>(
      `SELECT max(count)::int AS count FROM (
         SELECT count(*) OVER (ORDER BY d.opened_at RANGE BETWEEN CURRENT ROW AND interval '999 ms' FOLLOWING)
         FROM deliveries d JOIN notifications n ON n.id = d.notification_id WHERE n.tax_return_id = ANY($1::uuid[])) AS seconds`,
      [returns],
    );
    expect(busiest?.count).toBeLessThanOrEqual(8);
    expect(await countByState(stack)).toEqual({ handed_over: 2 * MAILS });
  });

  it('defers when it is full, and fails no mail however often it says so', async () => {
    stack.mailbox.answer({ at: 'connect', code: 421, text: '4.3.2 try later', times: 20 });
    await through({ RETRY_MAX_ATTEMPTS: '1' });
    await stack.idle();
    await stack.stopWorkersHere();
    expect(await countByState(stack)).toEqual({ handed_over: 3 * MAILS });
    const [deferred] = await stack.sql<{ count: number }>(
      `SELECT count(*)::int AS count FROM deliveries WHERE reason = 'relay-full'`,
    );
    expect(deferred?.count).toBeGreaterThan(0);
  });
});
