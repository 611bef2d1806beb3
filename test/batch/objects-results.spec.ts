import { beforeAll, describe, expect, it } from 'vitest';
import { aFailed, countsOf, finishedBatch, move, OTHER, seenBatch } from '../support/batches.js';
import { eventually } from '../support/eventually.js';
import { aName } from '../support/make.js';
import { Bucket, batchesOf, endedBatch, objectMessages } from '../support/objects.js';
import { sesBounce } from '../support/ses.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
let bucket: Bucket;
beforeAll(async () => {
  // Looked through, and told of: whichever is first.
  stack = await Stack.start('objects-results', { settings: { BATCH_POLL: '1s', BATCH_APPROVAL_ABOVE: '2' } });
  bucket = await Bucket.of(stack);
});

interface Summary {
  state: string;
  remaining: number;
  counts: Record<string, number>;
  acts: { who: string; did: string }[];
}

const summaryOf = async (key: string, state: string) =>
  JSON.parse(await bucket.awaited(`${key}.summary.json`, (text) => isAt(text, state))) as Summary;
const isAt = (text: string, state: string) => (JSON.parse(text) as Summary).state === state;

describe('a list that lies in the bucket', () => {
  it('is found by looking through it, once, though it is told of as well', async () => {
    const key = 'error-resolved/found.csv';
    const etag = await bucket.put(key, (await aFailed(stack)).taxReturnId);
    await stack.put('jobFiles', objectMessages.s3Event(bucket.name, key, etag));
    expect(countsOf(await endedBatch(stack, key))).toEqual({ applied: 1, told: 1 });
    await bucket.awaited(`${key}.summary.json`);
    // Told of once more, by another message: whichever was first, this one comes after it.
    await stack.put('jobFiles', objectMessages.s3Event(bucket.name, key, etag));
    await stack.idle();
    // Another list that is found later: whoever found it has seen the first, and its results, again.
    const later = (await aFailed(stack)).taxReturnId;
    await bucket.put('error-resolved/later.csv', later);
    await endedBatch(stack, 'error-resolved/later.csv');
    expect(await batchesOf(stack, key)).toHaveLength(1);
    expect(await stack.sql(`SELECT name FROM batches WHERE name ~ '(results|summary)'`)).toEqual([]);
  });

  it('is another one when its content is another', async () => {
    const key = 'error-resolved/changes.csv';
    await bucket.put(key, (await aFailed(stack)).taxReturnId);
    await endedBatch(stack, key);
    await bucket.put(key, (await aFailed(stack)).taxReturnId);
    expect(countsOf(await endedBatch(stack, key, 1))).toEqual({ applied: 1, told: 1 });
  });
});

describe('beside a list', () => {
  it('appear a result for each row, what became of its mail, and who did what', async () => {
    const key = 'error-resolved/beside.csv';
    const { taxReturnId } = await aFailed(stack);
    const stranger = aName().taxReturnId;
    await bucket.put(key, `id\n${taxReturnId}\n${stranger}\n`);
    const results = await bucket.awaited(`${key}.results.csv`, (text) => text.includes('success'));
    expect(results.trimEnd().split('\r\n')).toEqual([
      'row,taxReturnId,outcome,reason,notificationId,standing',
      expect.stringMatching(new RegExp(`^2,${taxReturnId},applied,,[0-9a-f-]{36},success$`)),
      `3,${stranger},unknown,,,`,
    ]);
    const summary = await summaryOf(key, 'finished');
    expect(summary).toMatchObject({ remaining: 0, counts: { applied: 1, unknown: 1 } });
    expect(summary.acts).toMatchObject([{ who: 's3', did: 'make-batch' }]);
    expect(await bucket.text(`${key}.remaining.csv`)).toBeUndefined();
  });

  it('appears what comes back long after all was settled, and nothing is written while nothing changes', async () => {
    const key = 'error-resolved/comes-back.csv';
    const { taxReturnId, email } = await aFailed(stack);
    await bucket.put(key, taxReturnId);
    await bucket.awaited(`${key}.results.csv`, (text) => text.includes('success'));
    const [batch] = await batchesOf(stack, key);
    // A writer has looked again, and found what it had written.
    const dueAt = async () => {
      const [row] = await stack.sql<{ at: Date | null }>(
        'SELECT results_due_at AS at FROM batches WHERE id = $1',
        [batch?.id],
      );
      return row?.at?.getTime() ?? 0;
    };
    const settled = await summaryOf(key, 'finished');
    const first = await dueAt();
    await eventually(async () => (await dueAt()) > first, { because: 'another look' });
    expect(await summaryOf(key, 'finished')).toEqual(settled);

    const [mail] = await stack.sql<{ id: string }>('SELECT id FROM notifications WHERE batch_id = $1', [
      batch?.id,
    ]);
    await stack.put('receipts', sesBounce({ id: mail?.id ?? '', email }));
    const results = await bucket.awaited(`${key}.results.csv`, (text) => text.includes('failure'));
    expect(results).toMatch(/,applied,[a-z-]+,[0-9a-f-]{36},failure/);
    await bucket.awaited(`${key}.summary.json`, (text) => (JSON.parse(text) as Summary).counts.failed === 1);
  });

  it('appears its report before it runs, and what is left when somebody ends it', async () => {
    const key = 'error-resolved/large.csv';
    const failed = [await aFailed(stack), await aFailed(stack), await aFailed(stack)];
    const ids = failed.map(({ taxReturnId }) => taxReturnId);
    await bucket.put(key, ids.join('\n'));
    const report = await summaryOf(key, 'awaiting-approval');
    expect(report).toMatchObject({ remaining: 3, counts: { ready: 3, applied: 0 } });
    const [batch] = await batchesOf(stack, key);
    await move(stack, batch?.id ?? '', 'abort-batch');
    expect((await summaryOf(key, 'aborted')).acts.map(({ did }) => did)).toEqual([
      'make-batch',
      'abort-batch',
    ]);
    expect(await bucket.awaited(`${key}.remaining.csv`)).toBe(`taxReturnId\r\n${ids.join('\r\n')}\r\n`);
  });

  it('is left nothing of what was paused and ran on', async () => {
    const key = 'error-resolved/paused.csv';
    const ids = [await aFailed(stack), await aFailed(stack), await aFailed(stack)].map(
      (one) => one.taxReturnId,
    );
    await bucket.put(key, ids.join('\n'));
    await summaryOf(key, 'awaiting-approval');
    const id = (await batchesOf(stack, key))[0]?.id ?? '';
    // As slow as can be, so that it is paused in the middle.
    await stack.sql('UPDATE batches SET rate = 1 WHERE id = $1', [id]);
    await move(stack, id, 'approve-batch', OTHER);
    await seenBatch(stack, id, ({ counts }) => counts.applied > 0, 'a batch that runs');
    await move(stack, id, 'pause-batch', OTHER);
    await summaryOf(key, 'paused');
    const [, ...left] = (await bucket.text(`${key}.remaining.csv`))?.trimEnd().split('\r\n') ?? [];
    expect(ids.slice(1).join()).toContain(left.join());
    expect(left.at(-1)).toBe(ids.at(-1));
    await move(stack, id, 'resume-batch');
    await finishedBatch(stack, id);
    await summaryOf(key, 'finished');
    expect(await bucket.text(`${key}.remaining.csv`)).toBeUndefined();
  });

  it('stays what the first run left there when the same list comes again', async () => {
    const key = 'error-resolved/twice.csv';
    const { taxReturnId } = await aFailed(stack);
    await bucket.put(key, taxReturnId);
    const before = await bucket.awaited(`${key}.results.csv`, (text) => text.includes('success'));
    await summaryOf(key, 'finished');
    const summary = await bucket.text(`${key}.summary.json`);
    await bucket.put(key, `"${taxReturnId}"\n`);
    expect(await endedBatch(stack, key, 1)).toMatchObject({ state: 'refused', reason: 'same-content' });
    await eventually(
      async () => {
        const [row] = await stack.sql<{ seen: boolean }>(
          `SELECT bool_and(coalesce(results_of, '') LIKE state || '%') AS seen FROM batches WHERE name LIKE '%twice.csv'`,
        );
        return row?.seen;
      },
      { because: 'a writer that has seen it' },
    );
    expect(await bucket.text(`${key}.results.csv`)).toBe(before);
    expect(await bucket.text(`${key}.summary.json`)).toBe(summary);
  });
});

it('results that cannot be written cost the batch nothing, and are written later', async () => {
  const key = 'error-resolved/away.csv';
  const failed = [await aFailed(stack), await aFailed(stack), await aFailed(stack)];
  await bucket.put(key, failed.map(({ taxReturnId }) => taxReturnId).join('\n'));
  await summaryOf(key, 'awaiting-approval');
  await bucket.vanish();
  const id = (await batchesOf(stack, key))[0]?.id ?? '';
  await move(stack, id, 'approve-batch', OTHER);
  expect(countsOf(await finishedBatch(stack, id))).toEqual({ applied: 3, told: 3 });
  await eventually(() => stack.log().includes('could not be written beside its list'), {
    because: 'a line of the log',
  });
  await bucket.make();
  expect((await summaryOf(key, 'finished')).counts).toMatchObject({ applied: 3, told: 3 });
});
