import { beforeAll, describe, expect, it } from 'vitest';
import { Doors } from '#libs/notifications/index.js';
import { aFailed, countsOf } from '../support/batches.js';
import { eventually } from '../support/eventually.js';
import { Bucket, batchesOf, endedBatch, objectMessages, recordOf } from '../support/objects.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
let bucket: Bucket;
beforeAll(async () => {
  stack = await Stack.start('objects-news', { settings: { BATCH_PREFIX: 'blue/' } });
  bucket = await Bucket.of(stack);
});

/** Puts one there. @returns its entity tag. */
async function aList(key: string): Promise<string> {
  return bucket.put(key, `taxReturnId\n${(await aFailed(stack)).taxReturnId}\n`);
}

/** What is parked, with why. */
const parked = () =>
  stack.sql<{ reason: string; detail: string; source: string }>(
    'SELECT reason, detail, source FROM quarantine ORDER BY id DESC',
  );

describe('a list that comes into the bucket tells everybody on it once', () => {
  it.each(['s3Event', 'overSns', 'overEventBridge'] as const)('by the news as %s', async (form) => {
    const key = `blue/error-resolved/${form} (für März) + 100%.csv`;
    const etag = await aList(key);
    await stack.put('jobFiles', objectMessages[form](bucket.name, key, etag));
    const batch = await endedBatch(stack, key);
    expect(batch).toMatchObject({
      state: 'finished',
      action: 'error-resolved',
      madeBy: 's3',
      origin: 'object',
    });
    expect(countsOf(batch)).toEqual({ applied: 1, told: 1 });
  });

  it('by a path, as Direct File sends it, with the prefix or without', async () => {
    const [one, two] = [await aFailed(stack), await aFailed(stack)];
    const job = (id: string) => JSON.stringify({ key: 'technical_error_resolved', payload: { ids: [id] } });
    await bucket.put('blue/one.json', job(one.taxReturnId));
    await bucket.put('blue/two.json', job(two.taxReturnId));
    await stack.put('jobFiles', JSON.stringify({ path: 'one.json' }));
    await stack.put('jobFiles', JSON.stringify({ path: 'blue/two.json' }));
    for (const key of ['blue/one.json', 'blue/two.json'])
      expect(countsOf(await endedBatch(stack, key))).toEqual({ applied: 1, told: 1 });
  });

  it('of several in one message, each; and one that nobody understands keeps none of them', async () => {
    const keys = ['blue/error-resolved/first.csv', 'blue/error-resolved/second.csv'];
    for (const key of keys) await aList(key);
    const [first, second] = keys.map((key) => recordOf(bucket.name, key));
    const id = await stack.put('jobFiles', JSON.stringify({ Records: [first, { eventName: 7 }, second] }));
    for (const key of keys) expect(countsOf(await endedBatch(stack, key))).toEqual({ applied: 1, told: 1 });
    expect((await parked()).filter(({ source }) => source.includes(id))).toMatchObject([
      { reason: 'not-understood', source: expect.stringMatching(/#1$/) as string },
    ]);
  });

  it('and the same news again makes no second batch', async () => {
    const key = 'blue/error-resolved/again.csv';
    const etag = await aList(key);
    const message = objectMessages.s3Event(bucket.name, key, etag);
    const { receive } = handlerOf();
    expect(await receive('the-one')).toEqual([{ outcome: 'applied' }]);
    expect(await receive('the-one')).toEqual([{ outcome: 'duplicate', reason: 'same-entry' }]);
    expect(countsOf(await endedBatch(stack, key))).toEqual({ applied: 1, told: 1 });
    expect(await batchesOf(stack, key)).toHaveLength(1);
    // Another message about the same content is a batch that says which one was the first.
    await receive('another');
    expect(await endedBatch(stack, key, 1)).toMatchObject({ state: 'refused', reason: 'same-content' });

    function handlerOf() {
      const queue = stack.environment.JOB_FILES_QUEUE ?? '';
      const door = stack.app.get(Doors).at('JOB_FILES_QUEUE');
      return { receive: (messageId: string) => door.receive([{ queue, messageId, body: message }]) };
    }
  });
});

describe('of no consequence', () => {
  it('are a test of S3, what was deleted, our own results and folders', async () => {
    const before = await parked();
    await stack.put('jobFiles', objectMessages.s3TestEvent(bucket.name));
    const removed = objectMessages.s3Event(bucket.name, 'blue/gone.csv', undefined, 'ObjectRemoved:Delete');
    await stack.put('jobFiles', removed);
    for (const key of ['a.csv.results.csv', 'a.csv.remaining.csv', 'a.csv.summary.json', 'error-resolved/'])
      await stack.put('jobFiles', objectMessages.overEventBridge(bucket.name, `blue/${key}`));
    await stack.idle();
    expect(await stack.sql("SELECT name FROM batches WHERE name ~ '(gone|a).csv|/$'")).toEqual([]);
    expect(await parked()).toEqual(before);
  });
});

describe('what is parked with its reason', () => {
  it.each([
    ['what is no JSON', 'path=adhoc.json', 'unreadable'],
    ['what names nothing', '{"Records":[]}', 'unreadable'],
    ['an empty path', '{"path":""}', 'not-understood'],
    ['a path that is none', '{"path":{"a":1}}', 'not-understood'],
    ['what SNS says of itself', '{"Type":"SubscriptionConfirmation","Message":"x"}', 'unreadable'],
    ['an envelope around anything', '{"Type":"Notification","Message":"hello"}', 'unreadable'],
    ['an address in a name', '{"path":"for ana@example.com.csv"}', 'unusable-name'],
    ['a NUL in a name', '{"path":"a\\u0000b"}', 'unusable-name'],
    ['another bucket', objectMessages.s3Event('theirs', 'blue/a.csv'), 'other-bucket'],
    [
      'another kind of news',
      objectMessages.s3Event('x', 'a.csv', undefined, 'ObjectTagging:Put'),
      'not-understood',
    ],
  ])('is %s', async (_what, body, reason) => {
    const id = await stack.put('jobFiles', body);
    await stack.idle();
    expect((await parked()).filter(({ source }) => source.includes(id))).toMatchObject([{ reason }]);
  });

  it('is an object of another installation, in the same bucket', async () => {
    const id = await stack.put('jobFiles', objectMessages.s3Event(bucket.name, 'green/a.csv'));
    const [found] = await eventually(
      async () => {
        const rows = (await parked()).filter(({ source }) => source.includes(id));
        return rows.length > 0 ? rows : undefined;
      },
      { because: 'a parked message' },
    );
    expect(found).toMatchObject({ reason: 'other-bucket' });
  });
});
