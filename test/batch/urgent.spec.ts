import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { BatchEngine, BatchService, UrgentFirst } from '#libs/notifications/index.js';
import type { ListRow } from '#libs/notifications/index.js';
import { aGate, idsOf, manyFailed, piecesOf } from '../support/batch.lists.js';
import { batchNow, MADE_BY, move } from '../support/batches.js';
import { eventually } from '../support/eventually.js';
import { submitted } from '../support/make.js';
import { manyReturns } from '../support/make.many.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('batch-urgent', { worker: false, settings: { BATCH_APPROVAL_ABOVE: '1000' } });
});

/** Whatever is not urgent waits at a gate, as it does while urgent work goes on. */
function held(urgent: UrgentFirst) {
  const gate = aGate();
  const asked = vi.spyOn(urgent, 'letPass').mockImplementation(() => gate.opened);
  const isAtIt = (by: string) =>
    eventually(() => asked.mock.calls.length > 0, { because: `${by} at the gate` });
  return { isAtIt, open: gate.open };
}

async function taken(ids: string[]): Promise<string> {
  const rows = ids.map((subject, index): ListRow => ({ row: index + 1, subject, isMalformed: false }));
  const ask = { action: 'error-resolved', incident: randomUUID() } as const;
  return stack.app.get(BatchService).take(ask, 'upload', piecesOf(rows), MADE_BY);
}

function look(): Promise<void> {
  return stack.app.get(BatchEngine).work(new AbortController().signal);
}

describe('beside urgent work', () => {
  it('no row of a list is looked at and none is run before it', async () => {
    const id = await taken(idsOf(await manyFailed(stack, 2)));
    for (const state of ['validating', 'running']) {
      const gate = held(stack.app.get(UrgentFirst));
      const looking = look();
      await gate.isAtIt(`a batch that is ${state}`);
      expect(await batchNow(stack, id)).toMatchObject({
        state,
        checked: state === 'running' ? 2 : 0,
        applied: 0,
      });
      gate.open();
      await looking;
      vi.restoreAllMocks();
      if (state === 'validating') await move(stack, id, 'start-batch');
    }
    expect(await batchNow(stack, id)).toMatchObject({ applied: 2 });
  });

  it('the mails of a batch wait, and the urgent one goes past them', async () => {
    const made = await manyFailed(stack, 3);
    const id = await taken(idsOf(made));
    await look();
    await move(stack, id, 'start-batch');
    await look();
    const worker = await stack.startWorkerHere();
    const gate = held(worker.get(UrgentFirst));
    await gate.isAtIt('a mail of the batch');
    const [owner] = await manyReturns(stack, 1);
    if (!owner) throw new Error('one was made');
    await stack.putAll('confirmation', [submitted(owner)]);
    const isTold = (address: string) => stack.mailbox.mails.some(({ to }) => to[0] === address);
    await eventually(() => isTold(owner.email), { because: 'the urgent mail' });
    const told = () =>
      made.filter(({ email }) => stack.mailbox.mails.some(({ to }) => to[0] === email)).length;
    expect(told()).toBe(0);
    gate.open();
    await eventually(() => told() === made.length, { because: 'all mails of the batch' });
    vi.restoreAllMocks();
    await stack.stopWorkersHere();
  });
});
