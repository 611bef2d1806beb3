import { randomUUID } from 'node:crypto';
import { getQueueToken } from '@nestjs/bullmq';
import type { Queue } from 'bullmq';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  BatchEngine,
  BatchService,
  csvRows,
  LANE_QUEUES,
  PauseService,
  ResendService,
  SendQueue,
  SweepService,
  textOf,
} from '#libs/notifications/index.js';
import { countedTwice, idsOf, manyFailed, piecesOf } from '../support/batch.lists.js';
import { batchNow, MADE_BY, move, OTHER, resultsOf, settleMails } from '../support/batches.js';
import type { ListOptions } from '../support/batches.js';
import { manyReturns } from '../support/make.many.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('batch-rows', { worker: false, settings: { BATCH_APPROVAL_ABOVE: '100000' } });
});

/** A list of which every row is looked at. */
async function checked(
  list: string,
  { action = 'error-resolved', column, ...ask }: ListOptions & { name?: string } = {},
): Promise<string> {
  const text = await textOf(piecesOf([Buffer.from(list)]));
  const rows = csvRows(text, { kind: 'taxReturnId', column });
  const id = await stack.app
    .get(BatchService)
    .take({ action, incident: randomUUID(), ...ask }, 'upload', rows, MADE_BY);
  await look();
  return id;
}

function look(): Promise<void> {
  return stack.app.get(BatchEngine).work(new AbortController().signal);
}

describe('rows that are looked at in parts', () => {
  it('may stand far apart, and what can be run of them too', async () => {
    const [one, two, three] = idsOf(await manyFailed(stack, 3));
    const list = [
      one,
      ...Array<string>(3_500).fill(''),
      ...Array<string>(2_100).fill('none'),
      two,
      '',
      three,
    ];
    const id = await checked(list.join('\n'));
    await move(stack, id, 'start-batch');
    await look();
    const applied = (await resultsOf(stack, id)).filter((line) => line.includes(',applied,'));
    expect(applied.map((line) => Number(line.split(',')[0]))).toEqual([1, 5_602, 5_604]);
    await settleMails(stack, id);
    await look();
    expect(await batchNow(stack, id)).toMatchObject({ state: 'finished', applied: 3 });
  });

  it('are repeated, and of one person, also where the first of them was in an earlier part', async () => {
    const [one, two, other] = await manyFailed(stack, 3);
    if (!one || !two || !other) throw new Error('three were made');
    await stack.sql('UPDATE tax_returns SET user_id = $2 WHERE id = $1', [other.taxReturnId, one.userId]);
    const strangers = (many: number) => Array.from({ length: many }, () => randomUUID());
    const list = [
      one.taxReturnId,
      ...strangers(998),
      two.taxReturnId,
      // The first part ends here.
      two.taxReturnId,
      other.taxReturnId,
      'none',
      one.taxReturnId.toUpperCase(),
      ...strangers(1_100),
      other.taxReturnId,
    ];
    const id = await checked(list.join('\n'));
    const outcomes = Object.fromEntries(
      (await resultsOf(stack, id)).map((line) => {
        const [row = '', , outcome] = line.split(',');
        return [row, outcome];
      }),
    );
    expect(outcomes).toMatchObject({
      1: 'ready', 2: 'unknown', 1000: 'ready', 1001: 'repeated', 1002: 'same-person', 1003: 'malformed',
      1004: 'repeated', 1005: 'unknown', 2105: 'repeated',
    }); // prettier-ignore
    const counts = { ready: 2, repeated: 3, 'same-person': 1, malformed: 1, unknown: 2_098 };
    expect(await countedTwice(stack, id)).toEqual({ kept: counts, counted: counts, all: 2_105, sum: 2_105 });

    await move(stack, id, 'start-batch');
    await look();
    await settleMails(stack, id);
    await look();
    expect(await batchNow(stack, id)).toMatchObject({ state: 'finished', applied: 2 });
    const { ready, ...after } = { ...counts, applied: 2 };
    expect(ready).toBe(2);
    expect(await countedTwice(stack, id)).toEqual({ kept: after, counted: after, all: 2_105, sum: 2_105 });
  });

  it('are asked about again when their turn comes: what happened meanwhile counts', async () => {
    const made = await manyFailed(stack, 4);
    const [accepted = '', resolved = '', gone = ''] = idsOf(made);
    const id = await checked(idsOf(made).join('\n'));
    expect((await batchNow(stack, id)).counts).toMatchObject({ ready: 4 });
    for (const [type, of] of [
      ['accepted', accepted],
      ['error_resolved', resolved],
    ])
      // prettier-ignore
      await stack.sql(
        `INSERT INTO submission_events (submission_uuid, type, occurrence, source, occurred_at)
         SELECT id, $2::submission_event_type, '1', 'meanwhile/' || id, now() FROM submissions WHERE tax_return_id = $1`,
        [of, type],
      );
    await stack.sql('UPDATE tax_returns SET email = NULL WHERE id = $1', [gone]);
    await move(stack, id, 'start-batch');
    await look();
    const counts = { accepted: 1, 'already-told': 1, applied: 2 };
    expect(await countedTwice(stack, id)).toEqual({ kept: counts, counted: counts, all: 4, sum: 4 });
  });

  it.each(['error-resolved', 'reminder-resubmit'] as const)(
    'and name nobody any more have that as their result, and are not kept to be applied later: %s',
    async (action) => {
      const made = await manyFailed(stack, 2);
      const [gone = ''] = idsOf(made);
      const id = await checked(idsOf(made).join('\n'), { action });
      await stack.sql(
        'DELETE FROM submission_events WHERE submission_uuid IN (SELECT id FROM submissions WHERE tax_return_id = $1)',
        [gone],
      );
      await stack.sql('DELETE FROM submissions WHERE tax_return_id = $1', [gone]);
      await stack.sql('DELETE FROM tax_returns WHERE id = $1', [gone]);
      await move(stack, id, 'start-batch');
      await look();
      const counts = { unknown: 1, applied: 1 };
      expect(await countedTwice(stack, id)).toEqual({ kept: counts, counted: counts, all: 2, sum: 2 });
      expect(await stack.sql('SELECT reason FROM quarantine')).toEqual([]);
    },
  );
});

describe('the mails of a batch, urgent though their template is', () => {
  const lanes = async () => {
    const queue = stack.app.get(SendQueue);
    const [urgent = {}, bulk = {}] = [await queue.depth('urgent'), await queue.depth('bulk')];
    const all = (depth: Record<string, number>) => Object.values(depth).reduce((sum, one) => sum + one, 0);
    return { urgent: all(urgent), bulk: all(bulk) };
  };
  const empty = async () => {
    for (const name of Object.values(LANE_QUEUES))
      await stack.app.get<Queue>(getQueueToken(name), { strict: false }).drain(true);
  };

  it('wait in the bulk lane, whatever brings them there, and one that stands alone does not', async () => {
    await empty();
    await stack.sql(`UPDATE notifications SET state = 'withheld', settled_at = now() WHERE state = 'queued'`);
    const made = await manyFailed(stack, 3);
    const id = await checked(idsOf(made).join('\n'));
    await move(stack, id, 'start-batch');
    await look();
    expect(await lanes()).toEqual({ urgent: 0, bulk: 3 });

    await empty();
    await stack.sql(`UPDATE notifications SET due_at = now() - interval '1 hour' WHERE batch_id = $1`, [id]);
    await stack.app.get(SweepService).sweep();
    expect(await lanes(), 'by a sweep').toEqual({ urgent: 0, bulk: 3 });

    await empty();
    await stack.app.get(PauseService).pause('error-resolved', MADE_BY);
    await stack.app.get(PauseService).resume('error-resolved', MADE_BY);
    expect(await lanes(), 'after a pause').toEqual({ urgent: 0, bulk: 3 });

    await empty();
    await stack.sql(
      `UPDATE notifications SET state = 'failed', settled_at = now(), attempt = 1 WHERE batch_id = $1`,
      [id],
    );
    await stack.app.get(ResendService).resend({ batchId: id }, { ...MADE_BY, source: 'again' });
    expect(await lanes(), 'by a re-send').toEqual({ urgent: 0, bulk: 3 });

    const [alone] = await manyReturns(stack, 1);
    await stack.api('POST', '/v1/notifications', {
      taxReturnId: alone?.taxReturnId,
      template: 'error-resolved',
      occurrence: 'alone',
    });
    expect(await lanes()).toEqual({ urgent: 1, bulk: 3 });
  });
});

describe('addresses in a list', () => {
  it('are in its cells, its columns and its names only: none is written down, and the trail says who did what', async () => {
    const [one] = await manyFailed(stack, 1);
    const address = 'someone@example.com';
    const list = `${address},taxReturnId\n${address},${address}\nx,${one?.taxReturnId}\nx,"<${address}>"\n`;
    const id = await checked(list, { incident: `told ${address}`, name: `/home/${address}.csv` });
    await move(stack, id, 'start-batch', { ...OTHER, reason: `as ${address} asked` });
    await move(stack, id, 'pause-batch', OTHER).catch(() => undefined);
    await look();
    expect((await resultsOf(stack, id)).join('\n')).not.toContain('@');
    const refused = await stack.app.get(BatchService).take(
      { action: 'error-resolved', incident: randomUUID() },
      'upload',
      csvRows(await textOf(piecesOf([Buffer.from(`${address},b\nc,d\n`)])), {
        kind: 'taxReturnId',
        column: `other-${address}`,
      }),
      MADE_BY,
    );
    expect((await batchNow(stack, refused)).detail).toContain('[address]');
    expect(await stack.addressesLeftBehind()).toEqual([]);
    const trail = await stack.sql(
      'SELECT actor, action, reason FROM audit_trail WHERE target = $1 ORDER BY sequence',
      [id],
    );
    expect(trail).toEqual([
      { actor: 'Ada', action: 'make-batch', reason: 'the fix is out' },
      { actor: 'Grace', action: 'start-batch', reason: 'as [address] asked' },
      { actor: 'Grace', action: 'pause-batch', reason: 'looked at the report' },
    ]);
  });
});
