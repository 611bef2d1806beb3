import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ResendService, SendQueue, SweepService } from '#libs/notifications/index.js';
import { MailSearch } from '../../libs/notifications/src/standing/mail.search.js';
import { idsOf, manyFailed } from '../support/batch.lists.js';
import { aBatch, batchNow, finishedBatch, MADE_BY, move, OTHER, resultsOf } from '../support/batches.js';
import { eventually } from '../support/eventually.js';
import type { MadeReturn } from '../support/make.js';
import { queueBackends } from '../support/servers.js';
import { Stack } from '../support/stack.js';

/** Mails that are sent at once. */
const HANDS = 2;
const ROWS = 8;

describe.each(queueBackends())('the mails of a batch, with the send queue on $name', (backend) => {
  let stack: Stack;
  let sweeps: SweepService;
  beforeAll(async () => {
    stack = await Stack.start(`batch-holds-${backend.name}`, {
      backend,
      // No sweep comes to anybody's help, but when the test asks for one.
      settings: { SEND_CONCURRENCY_BULK: String(HANDS), SWEEP_EVERY: '1h', SWEEP_GRACE: '0ms' },
    });
    sweeps = stack.app.get(SweepService);
    return () => stack.stop();
  });
  afterEach(() => {
    stack.mailbox.release();
    stack.mailbox.clear();
  });

  /** One whose rows are all applied: as many of its mails as there are hands are being sent, the rest has not begun. */
  async function onItsWay(): Promise<{ id: string; made: MadeReturn[] }> {
    const made = await manyFailed(stack, ROWS);
    const { id } = await aBatch(stack, idsOf(made).join('\n'), { incident: randomUUID() });
    stack.mailbox.hold();
    await move(stack, id, 'start-batch');
    await eventually(
      async () => stack.mailbox.heldCount === HANDS && (await batchNow(stack, id)).applied === ROWS,
      { because: 'mails in all hands, and none left to ask for' },
    );
    return { id, made };
  }

  /** Everybody who looked for one of its mails has found none, or is sending it. */
  async function nobodyLooks(id: string, told: number): Promise<void> {
    stack.mailbox.release();
    await eventually(async () => (await batchNow(stack, id)).counts.told === told, {
      because: `${told} mails that are handed over`,
    });
    await eventually(
      async () => Object.values(await stack.app.get(SendQueue).depth('bulk')).every((count) => count === 0),
      { because: 'no job that is left' },
    );
  }

  it('wait while it is paused, all but those in conversation, and go on at once when it is resumed', async () => {
    const { id } = await onItsWay();
    await move(stack, id, 'pause-batch', OTHER);
    await nobodyLooks(id, HANDS);
    const held = { told: HANDS, waiting: ROWS - HANDS, failed: 0 };
    expect((await batchNow(stack, id)).counts).toMatchObject(held);
    // Neither a sweep nor the list of what needs somebody has anything to do with what is held back.
    expect(await sweeps.sweep()).toMatchObject({ queued: 0 });
    const needy = stack.app.get(MailSearch).walk({ need: 'any', batchId: id }, ROWS);
    expect(await needy.next()).toMatchObject({ done: true });
    expect((await batchNow(stack, id)).counts).toMatchObject(held);

    await move(stack, id, 'resume-batch');
    expect((await finishedBatch(stack, id)).counts).toMatchObject({ told: ROWS, waiting: 0 });
    expect(stack.mailbox.mails).toHaveLength(ROWS);
  });

  it('end with it when somebody ends it, say so in its results, and go when somebody sends them again', async () => {
    const { id } = await onItsWay();
    await move(stack, id, 'abort-batch', OTHER);
    const ended = { told: 0, waiting: HANDS, failed: ROWS - HANDS };
    expect((await batchNow(stack, id)).counts).toMatchObject(ended);
    await nobodyLooks(id, HANDS);
    const results = (await resultsOf(stack, id)).map((line) =>
      line.split(',').toSpliced(0, 2).toSpliced(2, 1).join(),
    );
    expect(results.sort()).toEqual([
      ...Array<string>(HANDS).fill('applied,,success'),
      ...Array<string>(ROWS - HANDS).fill('applied,batch-aborted,failure'),
    ]);
    expect(await sweeps.sweep()).toMatchObject({ queued: 0 });
    await stack.app.get(ResendService).resend({ batchId: id }, { ...MADE_BY, source: 'all the same' });
    await stack.idle();
    expect((await batchNow(stack, id)).counts).toMatchObject({ told: ROWS, failed: 0 });
    expect(stack.mailbox.mails).toHaveLength(ROWS);
  });

  it('end when their turn comes, where they were in other hands while somebody ended it', async () => {
    const { id } = await onItsWay();
    await move(stack, id, 'pause-batch', OTHER);
    await nobodyLooks(id, HANDS);
    const hands = await stack.session();
    await hands.query('BEGIN');
    await hands.query(`SELECT 1 FROM notifications WHERE batch_id = $1 AND state = 'queued' FOR UPDATE`, [
      id,
    ]);
    await move(stack, id, 'abort-batch', OTHER);
    await hands.query('ROLLBACK');
    hands.release();
    expect((await batchNow(stack, id)).counts).toMatchObject({ waiting: ROWS - HANDS });
    expect(await sweeps.sweep()).toMatchObject({ queued: ROWS - HANDS });
    await stack.idle();
    expect((await batchNow(stack, id)).counts).toMatchObject({ told: HANDS, failed: ROWS - HANDS });
    expect(stack.mailbox.mails).toHaveLength(HANDS);
  });
});
