import { gzipSync } from 'node:zlib';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ApiProcess } from '../support/api.process.js';
import { BatchCaller, countsIn } from '../support/batch.calls.js';
import type { AnsweredBatch, ListBody } from '../support/batch.calls.js';
import { eventually } from '../support/eventually.js';
import { aName } from '../support/make.js';
import { proved } from '../support/proved.js';
import { RawCall } from '../support/raw.call.js';
import { uploads } from '../support/sizes.js';
import { Stack } from '../support/stack.js';

/** Bytes that a process may hold more with a long list than with a short one. */
const ROOM = 96 * 1024 * 1024;
const MEGABYTE = 1024 * 1024;

let stack: Stack;
let api: ApiProcess;
let ada: BatchCaller;
beforeAll(async () => {
  // Nobody but the API is there: what it does not refuse stays as it is.
  stack = await Stack.start('batch-uploads', { worker: false });
  // A heap that would not hold them: whoever gathers an upload dies.
  api = await stack.startApi({ NODE_OPTIONS: '--max-old-space-size=128' }).ready();
  ada = await BatchCaller.named(stack, 'ada', api.url);
});

async function batchOf(list: ListBody, query = 'action=error-resolved'): Promise<AnsweredBatch> {
  const { status, body } = await ada.upload(query, list);
  expect(status).toBe(202);
  return ada.look(body.id);
}

/** The same bytes over and over, as much as asked for. */
async function* repeated(piece: Uint8Array, bytes: number): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < bytes; sent += piece.length) yield await Promise.resolve(piece);
}

/** The same to a sender who reads no answer before all is sent. */
async function sentWhole(list: AsyncIterable<Uint8Array>): Promise<AnsweredBatch> {
  const call = request(`${api.url}/v1/batches?action=error-resolved`, {
    method: 'POST',
    headers: { authorization: ada.authorization, 'content-type': 'text/csv' },
  });
  const answered = once(call, 'response') as Promise<[IncomingMessage]>;
  await pipeline(Readable.from(list), call);
  const [answer] = await answered;
  const { id } = (await json(answer)) as { id: string };
  expect(answer.statusCode).toBe(202);
  return ada.look(id);
}

/** What a process held at most while something was done. */
async function peakDuring<T>(work: () => Promise<T>): Promise<{ result: T; peak: number }> {
  let peak = api.memory();
  const watch = setInterval(() => (peak = Math.max(peak, api.memory())), 50);
  try {
    return { result: await work(), peak };
  } finally {
    clearInterval(watch);
  }
}

describe('what is no list', () => {
  const ids = [aName().taxReturnId, aName().taxReturnId];
  it.each<[string, Uint8Array<ArrayBuffer>, string, RegExp]>([
    ['a picture', Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0]), randomBytes(5_000)]), 'unreadable', /bytes that no text has/],
    ['a zip', Buffer.from('PK\u0003\u0004list.csv'), 'unreadable', /a zip archive or a workbook/],
    ['what gzip made of one', gzipSync(ids.join('\n')), 'unreadable', /compressed by gzip/],
    ['nothing', Buffer.from(''), 'no-usable-row', /has no row/],
    ['blank lines', Buffer.from('\n\r\n ,,\n'), 'no-usable-row', /has no row/],
    ['words', Buffer.from('id\nhello\nworld\n'), 'no-usable-row', /None of the 2 rows/],
    ['two columns of ids', Buffer.from(`${ids.join()}\n`), 'no-column', /Say which one/],
    ['a quote that nothing closes', Buffer.from(`id\n${ids[0]}\n"${ids[1]}\n`), 'unreadable', /Line \d opens a quote/],
  ])('%s, is a batch that is refused, with its reason, and no row is left of it', async (_what, bytes, reason, detail) => {
    const batch = await batchOf(bytes);
    expect(batch).toMatchObject({ state: 'refused', reason, detail: expect.stringMatching(detail), rows: 0 });
    expect(await stack.sql('SELECT 1 FROM batch_rows WHERE batch_id = $1', [batch.id])).toEqual([]);
  }); // prettier-ignore

  it('is not unpacked: compressed bodies are refused, as everywhere', async () => {
    const headers = { 'content-encoding': 'gzip' };
    const { status, body } = await ada.upload('action=error-resolved', gzipSync(ids.join('\n')), headers);
    expect([status, body.detail]).toEqual([415, expect.stringContaining('nothing is unpacked here')]);
  });

  it('is not taken under another type', async () => {
    const headers = { 'content-type': 'application/x-ndjson' };
    const { status, body } = await ada.upload('action=error-resolved', ids.join('\n'), headers);
    expect([status, body.detail]).toEqual([415, expect.stringContaining('application/json or text/csv')]);
  });
});

it.each([
  ['UTF-16 as a spreadsheet writes it', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')],
  ['UTF-16 without a mark', (text: string) => Buffer.from(text, 'utf16le')],
  ['UTF-16 in the other order', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
])('%s is read as what it is, and what a spreadsheet would run is defused', async (_what, encode) => {
  const batch = await batchOf(encode(`id;note\r\n${aName().taxReturnId};ü\r\n=1+1;x\r\n@SUM(A1);x\r\n`));
  expect(batch).toMatchObject({ state: 'validating', rows: 3, counts: { malformed: 2 } });
  const cells = (await ada.lines(batch.id, 'results.csv')).map((line) => line.split(',')[1]);
  expect(cells.slice(2)).toEqual(["'=1+1", "'@SUM(A1)"]);
});

describe('an upload that breaks off', () => {
  it('is refused at once, by the process that took it, and leaves no row', async () => {
    const call = await RawCall.begin(api.url, 'POST /v1/batches?action=reminder-submit', {
      Authorization: ada.authorization,
      'Content-Type': 'text/csv',
      'Content-Length': '1000000',
    });
    call.send(`${Array.from({ length: 3_000 }, () => aName().taxReturnId).join('\n')}\n`);
    const id = await eventually(
      async () => {
        const [row] = await stack.sql<{ id: string }>(
          'SELECT id FROM batches WHERE loaded_at IS NULL AND EXISTS (SELECT 1 FROM batch_rows WHERE batch_id = id)',
        );
        return row?.id;
      },
      { because: 'rows that are written while it comes' },
    );
    call.hangUp();
    const refused = await ada.see(id, ({ state }) => state !== 'validating', 'its end');
    expect(refused).toMatchObject({ state: 'refused', reason: 'broken-off' });
    expect(refused.detail).toBe('The upload broke off before its last row. Send the list again.');
    expect(await stack.sql('SELECT 1 FROM batch_rows WHERE batch_id = $1', [id])).toEqual([]);
  });

  it('because its process died, is refused by the worker that finds it', async () => {
    const other = await stack.startApi().ready();
    const bob = await BatchCaller.named(stack, 'bob', other.url);
    const call = await RawCall.begin(other.url, 'POST /v1/batches?action=reminder-submit', {
      Authorization: bob.authorization,
      'Content-Type': 'text/csv',
      'Content-Length': '1000000',
    });
    call.send(`${aName().taxReturnId}\n`);
    const find = async () =>
      (
        await stack.sql<{ id: string }>(
          `SELECT id FROM batches WHERE state = 'validating' AND made_by LIKE 'bob%'`,
        )
      )[0];
    const { id } = await eventually(find, { because: 'a batch that is being uploaded' });
    await other.kill();
    await stack.startWorkerHere();
    const refused = await ada.see(id, ({ state }) => state !== 'validating', 'its end');
    expect(refused).toMatchObject({ state: 'refused', reason: 'broken-off' });
    await stack.stopWorkersHere();
  });
});

describe('in memory that does not grow', () => {
  const { rows, megabytes } = uploads;

  it(`${rows} rows are written down while they come`, async () => {
    const id = (row: number) => `00000000-0000-4000-8000-${String(row).padStart(12, '0')}\n`;
    async function* list(many: number): AsyncGenerator<Uint8Array> {
      for (let from = 0; from < many; from += 1_000)
        yield await Promise.resolve(
          Buffer.from(Array.from({ length: 1_000 }, (_, place) => id(from + place)).join('')),
        );
    }
    const few = await peakDuring(() => batchOf(list(rows / 10), 'action=reminder-submit&incident=few'));
    const began = Date.now();
    const all = await peakDuring(() => batchOf(list(rows), 'action=reminder-submit&incident=all'));
    expect(all.result.rows).toBe(rows);
    expect(all.peak - few.peak).toBeLessThan(ROOM);
    const results = await peakDuring(() => ada.lines(all.result.id, 'remaining.csv'));
    expect(results.result).toHaveLength(rows + 1);
    expect(results.peak - few.peak).toBeLessThan(ROOM);
    proved(
      `Batches: ${rows} rows in one upload (${Math.round(rows / ((Date.now() - began) / 1_000))} a second, all of it); the API held ` +
        `${inMebibytes(few.peak)} with a tenth of them, ${inMebibytes(all.peak)} with all, ${inMebibytes(results.peak)} as they were taken away.`,
    );
  });

  it.each([
    ['a letter', 'x'],
    ['a comma, each of which ends a cell', ','],
    ['a comma between quotes that hold a line', ',"\n"'],
    ['a blank', ' '],
    ['a line end', '\n'],
  ])(
    `${megabytes} MB of nothing but %s are refused with a sentence, to a sender who sends it all`,
    async (what, text) => {
      const piece = Buffer.from(text.repeat(64 * 1024));
      const before = await peakDuring(() => batchOf('x'));
      const { result, peak } = await peakDuring(() => sentWhole(repeated(piece, megabytes * MEGABYTE)));
      expect(result).toMatchObject({
        state: 'refused',
        reason: expect.stringMatching(/^(unreadable|no-usable-row|no-column)$/),
      });
      expect(peak - before.peak).toBeLessThan(ROOM);
      proved(
        `Batches: ${megabytes} MB of ${what}: ${result.detail} The API held ${inMebibytes(before.peak)} before, ${inMebibytes(peak)} at most.`,
      );
    },
  );
});

function inMebibytes(bytes: number): string {
  return `${Math.round(bytes / MEGABYTE)} MiB`;
}

it('counts what is malformed before a worker has looked at it', async () => {
  expect(countsIn(await batchOf(`id\n${aName().taxReturnId}\nx\n`))).toEqual({ malformed: 1 });
});
