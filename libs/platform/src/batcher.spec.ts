import { expect, test } from 'vitest';
import fc from 'fast-check';
import { Batcher } from './batcher.js';

/** Answers each item with its double, and keeps what came together. */
function doubling(most = 100, weigh?: (item: number) => number) {
  const batches: number[][] = [];
  const run = (items: number[]) => {
    batches.push(items);
    return Promise.resolve(items.map((item) => item * 2));
  };
  return { batches, batcher: new Batcher(run, most, weigh) };
}

test('calls of one turn go together, and each gets its own answer', async () => {
  const { batches, batcher } = doubling();
  expect(await Promise.all([1, 2, 3].map((item) => batcher.call(item)))).toEqual([2, 4, 6]);
  expect(batches).toEqual([[1, 2, 3]]);
});

test('calls that come while a batch is under way gather for the next one', async () => {
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const batches: number[][] = [];
  const batcher = new Batcher(async (items: number[]) => {
    batches.push(items);
    if (batches.length === 1) await gate;
    return items;
  }, 100);
  const first = batcher.call(1);
  await new Promise((resolve) => setImmediate(resolve));
  const others = [batcher.call(2), batcher.call(3)];
  release();
  expect(await Promise.all([first, ...others])).toEqual([1, 2, 3]);
  expect(batches).toEqual([[1], [2, 3]]);
});

test('a batch that fails tells its callers, and the next one runs', async () => {
  const run = (items: number[]) =>
    items.includes(0) ? Promise.reject(new Error('no zero')) : Promise.resolve(items);
  const batcher = new Batcher(run, 2);
  const answers = await Promise.allSettled([1, 0, 2, 3].map((item) => batcher.call(item)));
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled', 'fulfilled']);
});

test('whatever is called, in whatever sizes: every call is answered once, in order, and no batch is too heavy', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9 })), async (items) => {
      const { batches, batcher } = doubling(10, (item) => item);
      expect(await Promise.all(items.map((item) => batcher.call(item)))).toEqual(
        items.map((item) => item * 2),
      );
      expect(batches.flat()).toEqual(items);
      for (const batch of batches) expect(batch.reduce((sum, item) => sum + item, 0)).toBeLessThanOrEqual(10);
    }),
  );
});
