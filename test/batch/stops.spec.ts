import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { BatchService, SendQueue, SweepService } from '#libs/notifications/index.js';
import { idsOf, manyFailed } from '../support/batch.lists.js';
import { aBatch, batchNow, finishedBatch, MADE_BY, move, OTHER, seenBatch } from '../support/batches.js';
import { eventually } from '../support/eventually.js';
import { submitted } from '../support/make.js';
import { manyReturns } from '../support/make.many.js';
import { queueBackends } from '../support/servers.js';
import { sesBounce } from '../support/ses.js';
import { Stack } from '../support/stack.js';

/** Mails of the last thousand that may fail or come back. */
const ALLOWED = 3;
const WINDOW = 10;

describe.each(queueBackends())('with the send queue on $name', (backend) => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start(`batch-stops-${backend.name}`, {
      backend,
      settings: {
        BATCH_STOP_AT: String(ALLOWED),
        BATCH_ON_THE_WAY: String(WINDOW),
        SEND_CONCURRENCY_BULK: '4',
        // Who is put off stays so for the test, and still counts as on its way.
        RETRY_BASE: '40s',
        RETRY_CEILING: '40s',
      },
    });
    return () => stack.stop();
  });

  it('a batch of which too many are refused stops by itself, says so, and counts anew when somebody resumes it', async () => {
    const made = await manyFailed(stack, 40);
    const refused = new Set(made.slice(0, ALLOWED + 1).map(({ email }) => email));
    for (const to of refused) stack.mailbox.answer({ at: 'rcpt', to, code: 550, text: '5.1.1 nobody' });
    const { id } = await aBatch(stack, idsOf(made).join('\n'), { incident: randomUUID() });
    // One by one: what is not begun yet when they have failed is to be left.
    await stack.app.get(BatchService).pace(id, 4, MADE_BY);
    await move(stack, id, 'start-batch');
    const stopped = await seenBatch(stack, id, ({ state }) => state !== 'running', 'an end to it');
    expect(stopped).toMatchObject({ state: 'stopped', reason: 'too-many-failed' });
    expect(stopped.detail).toContain(`more than the ${ALLOWED} allowed`);
    expect(stopped.applied).toBeLessThan(made.length);

    await stack.app.get(BatchService).pace(id, null, MADE_BY);
    await move(stack, id, 'resume-batch', OTHER);
    const done = await finishedBatch(stack, id);
    expect(done).toMatchObject({ reason: null, detail: null, applied: made.length });
    expect(done.counts).toMatchObject({ told: made.length - refused.size, failed: refused.size });
  });

  it('one of which too many come back stops as well', async () => {
    const made = await manyFailed(stack, 30);
    for (const { email } of made.slice(ALLOWED + 1))
      stack.mailbox.answer({ at: 'rcpt', to: email, code: 451, text: '4.7.1 later' });
    const { id } = await aBatch(stack, idsOf(made).join('\n'), { incident: randomUUID() });
    await move(stack, id, 'start-batch');
    await seenBatch(stack, id, ({ counts }) => counts.told === ALLOWED + 1, 'mails that are handed over');
    const sent = await stack.sql<{ id: string; tax_return_id: string }>(
      `SELECT id, tax_return_id FROM notifications WHERE batch_id = $1 AND state = 'handed_over'`,
      [id],
    );
    for (const one of sent) {
      const email = made.find(({ taxReturnId }) => taxReturnId === one.tax_return_id)?.email ?? '';
      await stack.put('receipts', sesBounce({ id: one.id, email }));
    }
    const stopped = await seenBatch(stack, id, ({ state }) => state !== 'running', 'an end to it');
    expect(stopped).toMatchObject({ state: 'stopped', reason: 'too-many-failed' });

    // What was put off is tried again where the others are: an urgent mail has nothing of a batch before it.
    const { urgent, bulk } = {
      urgent: await stack.app.get(SendQueue).depth('urgent'),
      bulk: await stack.app.get(SendQueue).depth('bulk'),
    };
    expect(urgent.delayed).toBe(0);
    expect(bulk.delayed).toBeGreaterThan(0);
    await move(stack, id, 'abort-batch');
    stack.mailbox.clear();
  });

  it('a mail that stands alone is not behind a batch, whose mails hold all the hands that they may', async () => {
    const made = await manyFailed(stack, 20);
    const [alone] = await manyReturns(stack, 1);
    const { id } = await aBatch(stack, idsOf(made).join('\n'), { incident: randomUUID() });
    stack.mailbox.hold();
    await move(stack, id, 'start-batch');
    await eventually(() => stack.mailbox.heldCount >= 4, { because: 'mails of the batch in all its hands' });
    const held = stack.mailbox.heldCount;
    if (alone) await stack.put('confirmation', submitted(alone));
    await eventually(() => stack.mailbox.heldCount === held + 1, { because: 'the urgent mail beside them' });
    expect((await batchNow(stack, id)).counts.told).toBe(0);
    stack.mailbox.release();
    expect((await finishedBatch(stack, id)).counts).toMatchObject({ told: made.length });
  });
});

/** Mails of the last thousand that may fail, of a batch whose mails are all on their way before the first of them fails. */
const MORE_ALLOWED = 20;

describe.each(queueBackends())(
  'a batch whose mails are all on their way, with the send queue on $name,',
  (backend) => {
    it('of which the relay takes none, stops all the same, and nobody hears of the rest until somebody resumes it', async () => {
      const stack = await Stack.start(`batch-refused-${backend.name}`, {
        backend,
        settings: {
          BATCH_APPROVAL_ABOVE: '2000',
          BATCH_STOP_AT: String(MORE_ALLOWED),
          SEND_CONCURRENCY_BULK: '4',
          // So many a second that nobody could look between them would tell nothing.
          RELAY_RATE_BULK: '300',
        },
      });
      const made = await manyFailed(stack, 1_500);
      const { id } = await aBatch(stack, idsOf(made).join('\n'));
      stack.mailbox.answer({ at: 'rcpt', code: 550, text: '5.1.1 nobody' });
      await move(stack, id, 'start-batch');
      const stopped = await seenBatch(stack, id, ({ state }) => state !== 'running', 'an end to it');
      expect(stopped).toMatchObject({ state: 'stopped', reason: 'too-many-failed', applied: made.length });

      await noneInConversation(stack);
      const { failed, waiting } = (await batchNow(stack, id)).counts;
      expect(failed).toBeGreaterThan(MORE_ALLOWED);
      expect(waiting).toBeGreaterThan(0);
      expect(failed + waiting).toBe(made.length);
      // Whoever looks for the rest finds none: no sweep, and no job that is there already.
      stack.mailbox.clear();
      const jobs = async () => {
        const depth = await stack.app.get(SendQueue).depth('bulk');
        return Object.values(depth).reduce((sum, some) => sum + some, 0);
      };
      const before = await jobs();
      await eventually(async () => (await jobs()) <= before / 2, { because: 'jobs that find nothing' });
      expect(await stack.app.get(SweepService).sweep()).toMatchObject({ queued: 0 });
      expect((await batchNow(stack, id)).counts).toMatchObject({ failed, waiting, told: 0 });
      await stack.stop();
    });
  },
);

async function noneInConversation(stack: Stack): Promise<void> {
  await eventually(
    async () => (await stack.sql(`SELECT 1 FROM notifications WHERE state = 'sending' LIMIT 1`)).length === 0,
    { because: 'nobody who is in conversation' },
  );
}
