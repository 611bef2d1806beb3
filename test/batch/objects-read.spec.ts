import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { aFailed, batchNow, countsOf, resultsOf } from '../support/batches.js';
import { eventually } from '../support/eventually.js';
import { aName, aReturn } from '../support/make.js';
import { Bucket, batchesOf, endedBatch, objectMessages } from '../support/objects.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
let bucket: Bucket;
beforeAll(async () => {
  stack = await Stack.start('objects-read');
});

const told = (key: string, etag?: string) =>
  stack.put('jobFiles', objectMessages.s3Event(bucket.name, key, etag));

/** Puts an object there and tells of it: the batch at its end. */
async function sent(key: string, content: string | Uint8Array, metadata?: Record<string, string>) {
  await told(key, await bucket.put(key, content, metadata));
  return endedBatch(stack, key);
}

const jobOf = (key: string, payload: unknown) => JSON.stringify({ key, payload });

it('waits for a bucket that is not there yet, says so, and reads the list when it is', async () => {
  const { taxReturnId } = await aFailed(stack);
  await stack.put('jobFiles', JSON.stringify({ path: 'early.json' }));
  const { id } = await eventually(async () => (await batchesOf(stack, 'early.json'))[0], {
    because: 'a batch of what was announced',
  });
  const waiting = await eventually(
    async () => {
      const batch = await batchNow(stack, id);
      return batch.detail === null ? undefined : batch;
    },
    { because: 'a batch that says what it waits for' },
  );
  expect(waiting).toMatchObject({ state: 'validating', reason: 'keeps-failing' });
  expect(waiting.detail).toMatch(/has no bucket ".*": create it, or correct BATCH_BUCKET\.$/);
  bucket = await Bucket.of(stack);
  await bucket.put('early.json', jobOf('technical_error_resolved', { ids: [taxReturnId] }));
  const done = await endedBatch(stack, 'early.json');
  expect(done).toMatchObject({ state: 'finished', detail: null });
  expect(countsOf(done)).toEqual({ applied: 1, told: 1 });
});

describe('what is to be done for a CSV', () => {
  it('says the folder that it is in, with the state of a reminder', async () => {
    const { taxReturnId } = await aReturn(stack);
    const batch = await sent('lists/reminder-state/MA/march.csv', taxReturnId);
    expect(batch).toMatchObject({ state: 'finished', action: 'reminder-state', topic: 'MA' });
    expect(countsOf(batch)).toEqual({ applied: 1, told: 1 });
  });

  it('or its owner, in the metadata of the object', async () => {
    const { taxReturnId } = await aFailed(stack);
    const batch = await sent('anywhere.csv', taxReturnId, { action: 'error-resolved', incident: 'INC-7' });
    expect(batch).toMatchObject({ state: 'finished', action: 'error-resolved', incident: 'INC-7' });
  });

  it.each([
    ['in no folder', 'list.csv'],
    ['in a folder of another name', 'error_resolved/list.csv'],
    ['for a state that nobody names', 'reminder-state/list.csv'],
    ['for what only job files ask for', 'accepted/list.csv'],
  ])('says nothing %s: then nobody is told, and the batch says how to say it', async (_where, key) => {
    const batch = await sent(key, (await aFailed(stack)).taxReturnId);
    expect(batch).toMatchObject({ state: 'refused', reason: 'unknown-action', rows: 0 });
    expect(batch.detail).toContain('error-resolved, reminder-submit, ');
  });
});

describe('an object that is another by the time it is read', () => {
  it('is not run, whoever replaced it', async () => {
    await bucket.put('error-resolved/replaced.csv', (await aFailed(stack)).taxReturnId);
    await told('error-resolved/replaced.csv', 'd41d8cd98f00b204e9800998ecf8427e');
    const batch = await endedBatch(stack, 'error-resolved/replaced.csv');
    expect(batch).toMatchObject({ state: 'refused', reason: 'object-replaced', rows: 0 });
  });

  it('is found by its name when it is gone', async () => {
    await stack.put('jobFiles', JSON.stringify({ path: 'adhoc_gone.json' }));
    const batch = await endedBatch(stack, 'adhoc_gone.json');
    expect(batch).toMatchObject({ state: 'refused', reason: 'object-gone', rows: 0 });
  });
});

describe('what is no list', () => {
  const noise = Buffer.from(Array.from({ length: 5_000 }, (_, index) => (index * 31) % 256));
  it.each([
    ['bytes', noise, 'no text has'],
    ['an archive', Buffer.concat([Buffer.from('PK\u0003\u0004'), noise]), 'a zip archive or a workbook'],
    ['compressed', gzipSync('taxReturnId'), 'compressed by gzip'],
    ['one line of 100 MB', Buffer.alloc(100_000_000, 'a'), 'longer than any row of ids'],
    ['nothing', '', 'The list has no row.'],
    ['a table of other things', 'name,town\nAda,London\n', 'no id'],
  ])('is refused with its reason: %s', async (what, content, said) => {
    const batch = await sent(`error-resolved/${what}.csv`, content);
    expect(batch).toMatchObject({ state: 'refused', rows: 0 });
    expect(batch.detail).toContain(said);
    expect(await resultsOf(stack, batch.id)).toEqual([]);
  });

  it.each([
    ['no JSON', '{"key": "technical_error_resolved", ', 'This job file is no JSON.'],
    ['another job', jobOf('send_everyone_emails', { ids: ['*'] }), 'Nobody here does the job'],
    ['no payload', '{"key":"technical_error_resolved"}', 'Its payload has no list of ids.'],
    [
      'ids that are none',
      jobOf('technical_error_resolved', { ids: null }),
      'Its payload has no list of ids.',
    ],
    ['no ids', jobOf('technical_error_resolved', { ids: [] }), 'The list has no row.'],
    ['an unknown category', jobOf('reminder_email', { reminder_category_key: 'tx', ids: [] }), 'no category'],
    [
      'a range without its end',
      jobOf('reminder_email', { reminder_category_key: 'submit', startDate: '2025-01-01' }),
      'Its payload has no list of ids.',
    ],
    [
      'days that are none',
      jobOf('reminder_email', { reminder_category_key: 'submit', startDate: '2025-02-30', endDate: 'x' }),
      'no days such as',
    ],
    [
      'no receipts',
      jobOf('publish_submission_confirmations', {}),
      'no taxReturnSubmissionReceiptInformations',
    ],
    ['more than a process reads', `{${' '.repeat(33 * 1024 * 1024)}}`, 'A job file may have 32 MiB'],
  ])('is refused with its reason: a job file with %s', async (what, content, said) => {
    const batch = await sent(`jobs/${what}.json`, content);
    expect(batch).toMatchObject({ state: 'refused', rows: 0 });
    expect(batch.detail).toContain(said);
  });
});

it('a row that is no id keeps none of the others, in a job file either', async () => {
  const { taxReturnId } = await aFailed(stack);
  const stranger = aName().taxReturnId;
  const ids = [null, 12, { a: 1 }, '=cmd|calc', stranger, taxReturnId];
  const batch = await sent('jobs/mixed.json', jobOf('technical_error_resolved', { ids }));
  expect(countsOf(batch)).toEqual({ malformed: 4, unknown: 1, applied: 1, told: 1 });
  expect((await resultsOf(stack, batch.id))[3]).toBe(`4,'=cmd|calc,malformed,,,`);
});

it('a name that looks like a path is a name', async () => {
  const { taxReturnId } = await aFailed(stack);
  const batch = await sent('../../etc/error-resolved/pass wd;rm.csv', taxReturnId);
  expect(countsOf(batch)).toEqual({ applied: 1, told: 1 });
  expect(await bucket.awaited('../../etc/error-resolved/pass wd;rm.csv.results.csv')).toContain(taxReturnId);
});

it('a range of days reaches whoever began then and never submitted', async () => {
  const made = aName();
  await stack.api('PUT', `/v1/tax-returns/${made.taxReturnId}`, {
    email: made.email,
    createdAt: '2025-02-01T12:00:00Z',
  });
  const payload = {
    reminder_category_key: 'submit',
    ids: [],
    startDate: '2025-01-01',
    endDate: '2025-02-01',
  };
  const batch = await sent('jobs/range.json', jobOf('reminder_email', payload));
  expect(batch).toMatchObject({ state: 'finished', action: 'reminder-submit' });
  expect(countsOf(batch)).toEqual({ applied: 1, told: 1 });
});
