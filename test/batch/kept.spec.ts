import { beforeAll, describe, expect, it, vi } from 'vitest';
import { BatchEngine, BatchReader, BatchRetention, BatchService } from '#libs/notifications/index.js';
import type { ListRow } from '#libs/notifications/index.js';
import { idsOf, manyFailed, piecesOf } from '../support/batch.lists.js';
import { batchNow, countsOf, MADE_BY, move, settleMails } from '../support/batches.js';
import { manyReturns } from '../support/make.many.js';
import { Stack } from '../support/stack.js';
import { receipt } from '../support/terminal.js';

/** Rows of one list: more than are removed in one step. */
const ROWS = 5_100;

let stack: Stack;
let retention: BatchRetention;
beforeAll(async () => {
  stack = await Stack.start('batch-kept', {
    worker: false,
    settings: { BATCH_KEEP_FOR: '10d', BATCH_APPROVAL_ABOVE: '100000' },
  });
  retention = stack.app.get(BatchRetention);
});

const look = () => stack.app.get(BatchEngine).work(new AbortController().signal);
const remove = (signal = new AbortController().signal) => retention.work(signal);

/** A list that names one whom something is to be told, and many rows that name nobody. */
function listOf(id: string): ListRow[] {
  const known = { row: 1, subject: id, isMalformed: false };
  return [
    known,
    ...Array.from({ length: ROWS - 1 }, (_, at) => ({ row: at + 2, subject: 'none', isMalformed: true })),
  ];
}

async function taken(list: ListRow[], incident: string): Promise<string> {
  const id = await stack.app
    .get(BatchService)
    .take({ action: 'error-resolved', incident }, 'upload', piecesOf(list), MADE_BY);
  await look();
  return id;
}

async function finished(list: ListRow[], incident: string): Promise<string> {
  const id = await taken(list, incident);
  await move(stack, id, 'start-batch');
  await look();
  await settleMails(stack, id);
  await look();
  expect(await batchNow(stack, id)).toMatchObject({ state: 'finished' });
  return id;
}

async function endedBefore(id: string, days: number): Promise<void> {
  await stack.sql(`UPDATE batches SET ended_at = now() - $2::int * interval '1 day' WHERE id = $1`, [
    id,
    days,
  ]);
}

async function rowsOf(id: string): Promise<number> {
  const [row] = await stack.sql<{ rows: number }>(
    'SELECT count(*)::int AS rows FROM batch_rows WHERE batch_id = $1',
    [id],
  );
  return row?.rows ?? 0;
}

describe('the rows of a batch', () => {
  it('go when it has been over for long; what was counted, who did what and what was told stay, and it is still recognised', async () => {
    const [one = ''] = idsOf(await manyFailed(stack, 1));
    const id = await finished(listOf(one), 'old');
    await endedBefore(id, 11);
    const before = await batchNow(stack, id);
    await remove();

    expect(await rowsOf(id)).toBe(0);
    const after = await batchNow(stack, id);
    expect(after).toEqual({ ...before, rowsRemovedAt: expect.any(Date) as Date });
    expect(countsOf(after)).toEqual({ applied: 1, malformed: ROWS - 1, told: 1 });
    expect(
      await stack.sql('SELECT action FROM audit_trail WHERE target = $1 ORDER BY sequence', [id]),
    ).toEqual([{ action: 'make-batch' }, { action: 'start-batch' }]);
    expect(await batchNow(stack, await taken(listOf(one), 'old'))).toMatchObject({
      state: 'refused',
      reason: 'same-content',
      sameAs: id,
    });
  });

  it('that are gone are nowhere shown as if there had been none', async () => {
    const [one = ''] = idsOf(await manyFailed(stack, 1));
    const id = await finished(listOf(one), 'shown');
    await endedBefore(id, 11);
    await remove();
    for (const file of ['results.csv', 'remaining.csv']) {
      expect(await stack.api('GET', `/v1/batches/${id}/${file}`)).toMatchObject({
        status: 404,
        body: { detail: expect.stringContaining('BATCH_KEEP_FOR') as string },
      });
      expect((await stack.api('GET', `/ops/batches/${id}/${file}`)).status).toBe(404);
    }
    expect(await receipt(['batch', 'results', id], stack.environment)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('BATCH_KEEP_FOR') as string,
    });
    const page = await stack.api<string>('GET', `/ops/batches/${id}`);
    expect(page.body).toContain('Rows removed');
  });

  it('that go while they are read leave a broken answer, never a short one', async () => {
    const [one = ''] = idsOf(await manyFailed(stack, 1));
    const id = await finished(listOf(one), 'read');
    await endedBefore(id, 11);
    const reader = stack.app.get(BatchReader);
    const [results, remaining] = [reader.results(id), reader.remaining(id, 'error-resolved')];
    // The columns, and the first rows.
    for (const parts of [results, results, remaining]) await parts.next();
    const read = reader.results.bind(reader);
    const reads = vi.spyOn(reader, 'results').mockImplementation(async function* (of) {
      let parts = 0;
      for await (const part of read(of)) {
        yield part;
        if ((parts += 1) === 2) await remove();
      }
    });
    await expect(stack.api('GET', `/v1/batches/${id}/results.csv`)).rejects.toThrow();
    reads.mockRestore();
    expect(await rowsOf(id)).toBe(0);
    for (const parts of [results, remaining])
      await expect(
        (async () => {
          for await (const part of parts) expect(part).toEqual(expect.any(String));
        })(),
      ).rejects.toThrow('BATCH_KEEP_FOR');
  });

  it('that alone say which mails were sent again leave behind what became of those', async () => {
    const mails = await stack.sql<{ id: string }>(
      `INSERT INTO notifications (id, tax_return_id, template, occurrence, source, state, due_at, is_asked)
       SELECT gen_random_uuid(), id, 'accepted', 'x', 's', ($2::notification_state[])[1 + n % 4], now(), true
       FROM unnest($1::uuid[]) WITH ORDINALITY AS t(id, n) RETURNING id`,
      [idsOf(await manyReturns(stack, ROWS)), ['handed_over', 'failed', 'unknown', 'queued']],
    );
    const list = mails.map((mail, at) => ({ row: at + 1, subject: mail.id, isMalformed: false }));
    const id = await stack.app
      .get(BatchService)
      .take({ action: 'resend' }, 'upload', piecesOf(list), MADE_BY);
    // As if each had been sent again.
    await stack.sql(
      `UPDATE batch_rows SET outcome = 'applied', notification_id = subject::uuid WHERE batch_id = $1`,
      [id],
    );
    await stack.sql(`UPDATE batches SET state = 'finished', counts = $2 WHERE id = $1`, [
      id,
      { applied: ROWS },
    ]);
    await endedBefore(id, 11);
    const before = await batchNow(stack, id);
    expect(countsOf(before)).toEqual({ applied: ROWS, told: 1_275, failed: 1_275, uncertain: 1_275, waiting: 1_275 }); // prettier-ignore
    let looks = 0;
    await remove({
      get aborted() {
        return (looks += 1) > 2;
      },
    } as AbortSignal);
    expect(await rowsOf(id)).toBe(100);
    expect((await batchNow(stack, id)).counts).toEqual(before.counts);
    await remove();
    expect(await rowsOf(id)).toBe(0);
    expect((await batchNow(stack, id)).counts).toEqual(before.counts);
  });

  it('are removed to their end by another, where a worker ends in the middle', async () => {
    const [one = ''] = idsOf(await manyFailed(stack, 1));
    const id = await finished(listOf(one), 'middle');
    await endedBefore(id, 11);
    let looks = 0;
    await remove({
      get aborted() {
        return (looks += 1) > 2;
      },
    } as AbortSignal);
    expect(await rowsOf(id)).toBe(ROWS - 5_000);
    const { rowsRemovedAt } = await batchNow(stack, id);
    expect(rowsRemovedAt).toBeInstanceOf(Date);
    await remove();
    expect(await rowsOf(id)).toBe(0);
    expect(await batchNow(stack, id)).toMatchObject({ rowsRemovedAt });
  });

  it('stay while it is not over, and for as long after that as the settings say', async () => {
    const lists = (await manyFailed(stack, 3)).map(({ taxReturnId }) => listOf(taxReturnId).slice(0, 2));
    const [young, waiting, paused] = [
      await finished(lists[0] ?? [], 'young'),
      await taken(lists[1] ?? [], 'waiting'),
      await taken(lists[2] ?? [], 'paused'),
    ];
    await endedBefore(young, 9);
    await move(stack, paused, 'start-batch');
    await move(stack, paused, 'pause-batch');
    await stack.sql(`UPDATE batches SET made_at = now() - interval '100 days', started_at = made_at`);
    await remove();
    for (const id of [young, waiting, paused]) {
      expect(await rowsOf(id)).toBe(2);
      expect(await batchNow(stack, id)).toMatchObject({ rowsRemovedAt: null });
    }
  });
});
