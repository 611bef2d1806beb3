import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Scope } from '#libs/keys/index.js';
import { aBatch, aFailed, batchNow, move, seenBatch } from '../support/batches.js';
import { eventually } from '../support/eventually.js';
import { aName, aReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';
import { textOf, Visitor } from '../support/visitor.js';

let stack: Stack;
let ada: Visitor;
beforeAll(async () => {
  // One mail at a time on its way: while mails are paused, a batch stands still after its first row.
  const settings = { BATCH_APPROVAL_ABOVE: '4', BATCH_ON_THE_WAY: '1' };
  stack = await Stack.start('batch-pages', { settings });
  ada = await aPerson('Ada');
});

function aPerson(name: string, scopes: Scope[] = ['read', 'operate', 'mails']): Promise<Visitor> {
  return Visitor.named(stack, name, scopes);
}

const LIST = '/ops/batches';

function send(
  visitor: Visitor,
  bytes: string | Uint8Array<ArrayBuffer>,
  fields: Record<string, string> = {},
) {
  const said = { action: 'error-resolved', reason: 'the fix is out', state: '', incident: '', column: '' };
  return visitor.upload(LIST, LIST, { ...said, ...fields }, { field: 'list', name: '../list.csv', bytes });
}

/** Sends a list, waits until it is looked at, and says where its page is. */
async function sent(visitor: Visitor, bytes: string | Uint8Array<ArrayBuffer>, fields = {}): Promise<string> {
  const { status, location, body } = await send(visitor, bytes, fields);
  if (status !== 303 || location === null) throw new Error(`answered ${status}: ${textOf(body)}`);
  await seenBatch(stack, idOf(location), ({ state }) => state !== 'validating', 'a list that is looked at');
  return location;
}

function idOf(path: string): string {
  return path.slice(LIST.length + 1);
}

function act(visitor: Visitor, page: string, fields: Record<string, string>, where = 'moves') {
  return visitor.submit(page, `${page}/${where}`, { reason: 'because of ticket 8812', ...fields });
}

/** A form whose file begins and never ends. */
function half(fields: Record<string, string>, signal: AbortSignal) {
  const part = (head: string, text: string) =>
    `--cut\r\nContent-Disposition: form-data; ${head}\r\n\r\n${text}\r\n`;
  const said = Object.entries(fields).map(([name, value]) => part(`name="${name}"`, value));
  const lines = `${randomUUID()}\n`.repeat(5_000);
  const text = said.join('') + part('name="list"; filename="list.csv"', lines);
  const body = new ReadableStream({ start: (stream) => stream.enqueue(Buffer.from(text)) });
  const headers = { 'content-type': 'multipart/form-data; boundary=cut', 'sec-fetch-site': 'same-origin' };
  return { method: 'POST', body, signal, duplex: 'half', headers };
}

async function countBatches(): Promise<number> {
  const [row] = await stack.sql<{ count: number }>('SELECT count(*)::int AS count FROM batches');
  return row?.count ?? 0;
}

describe('a list that is sent by the page', () => {
  it('is looked at row by row, shown with its report and its mails, and sends nothing yet', async () => {
    const one = await aFailed(stack, { language: 'es' });
    const list = ['id;note', one.taxReturnId, aName().taxReturnId, 'f;=cmd|calc', one.taxReturnId].join(
      '\r\n',
    );
    const page = await sent(ada, list, { incident: 'INC-4711' });
    const text = await ada.read(page);
    expect(text).toContain('The error is fixed: submit again waits for its start');
    expect(text).toContain('1 will be run ready 25 %');
    expect(text).toContain('1 holds no id that can be read malformed 25 %');
    expect(text).toContain('Line 4 f holds no id that can be read');
    expect(text).toContain('INC-4711');
    expect(text).toContain('sent as a file: list.csv');
    expect(text).toMatch(/make-batch batch \w+ the fix is out/);
    const mail = await ada.look(`${page}/samples/1`);
    expect(mail.body).toMatch(/<html[^>]* lang="es"/);
    expect(mail.headers.get('content-security-policy')).toContain('sandbox');
    expect((await ada.look(`${page}/samples/2`)).status).toBe(404);
    const resolved = stack.mailbox.mails.filter(({ subject }) =>
      /submit again|de nuevo|volver/i.test(subject),
    );
    expect(resolved).toEqual([]);
    const { body } = await ada.look(page);
    expect(body + mail.body).not.toContain(one.email);
  });

  it('may be larger than any body that is held', async () => {
    const { taxReturnId } = await aFailed(stack);
    const words = 'x'.repeat(2_000);
    const lines = Array.from({ length: 3_000 }, () => `${randomUUID()},${words}`);
    const page = await sent(ada, [`id,words`, `${taxReturnId},`, ...lines].join('\n'));
    expect(await ada.read(page)).toContain('3,000 name nobody who is registered here');
    await move(stack, idOf(page), 'abort-batch');
  });

  it.each([
    ['a workbook', Uint8Array.from([0x50, 0x4b, 0x03, 0x04, 0, 0, 0]), 'save the sheet as CSV'],
    ['nothing', '\n\n', 'The list has no row.'],
    ['no id', 'a,b\nc,d', 'Say which column does'],
  ])('that holds %s says so on its page, and what to do', async (_what, bytes, sentence) => {
    const page = await sent(ada, bytes);
    const text = await ada.read(page);
    expect(text).toContain('refused');
    expect(text).toContain(sentence);
    expect(text).not.toContain('Start it');
  });

  it('a second time leads to the first run', async () => {
    const list = `${(await aFailed(stack)).taxReturnId}\n`;
    const first = await sent(ada, list);
    const again = await ada.look(await sent(ada, list));
    expect(again.body).toContain(`href="${first}"`);
  });

  it.each([
    ['without a reason', { reason: ' ' }, '/reason: say why'],
    ['with a state that no reminder is about', { state: 'ma' }, '/state: goes with reminder-state'],
    ['with spaces in its incident', { incident: 'a b' }, '/incident: may hold letters'],
  ])('%s is refused before a row of it is written down', async (_how, fields, sentence) => {
    const before = await countBatches();
    const { status, body } = await send(ada, aName().taxReturnId, fields);
    expect([status, textOf(body)]).toEqual([422, expect.stringContaining(sentence)]);
    expect(await countBatches()).toBe(before);
  });

  it('that breaks off is refused, and says so on its page', async () => {
    const before = await countBatches();
    const form = await ada.hiddenOf(LIST, LIST);
    const cut = new AbortController();
    const fields = { ...form, action: 'error-resolved', reason: 'the fix is out' };
    const calling = ada.ask(LIST, half(fields, cut.signal));
    await eventually(async () => (await countBatches()) > before, { because: 'the list begins to come' });
    const [{ id } = { id: '' }] = await stack.sql<{ id: string }>(
      'SELECT id FROM batches ORDER BY made_at DESC LIMIT 1',
    );
    cut.abort();
    await expect(calling).rejects.toThrow();
    const batch = await seenBatch(stack, id, ({ state }) => state === 'refused', 'a list that broke off');
    expect(batch).toMatchObject({ reason: 'broken-off', rows: 0 });
    expect(await ada.read(`${LIST}/${batch.id}`)).toContain('Send the list again');
    const loud = stack
      .log()
      .split('\n')
      .filter((line) => /"level":[456]0/.test(line));
    expect(loud).toEqual([]);
  });

  it('is refused without the token of the session, without a file, and from elsewhere', async () => {
    const before = await countBatches();
    expect((await send(ada, aName().taxReturnId, { form: 'another' })).status).toBe(403);
    const fields = { action: 'error-resolved', reason: 'the fix is out' };
    const none = await ada.upload(LIST, LIST, fields);
    expect([none.status, textOf(none.body)]).toEqual([422, expect.stringContaining('choose the file')]);
    const elsewhere = await ada.send(LIST, fields, { 'sec-fetch-site': 'cross-site' });
    expect(elsewhere.status).toBe(403);
    expect(await countBatches()).toBe(before);
  });
});

it('whom it is about can be found by the service itself', async () => {
  const failed = await aFailed(stack);
  const [event] = await stack.sql<{ category: string }>(
    `SELECT failure_category AS category FROM submission_events WHERE failure_category IS NOT NULL LIMIT 1`,
  );
  const fields = {
    action: 'error-resolved',
    reason: 'the schema is mended',
    failureCategory: event?.category ?? '',
  };
  const { location } = await ada.submit(LIST, `${LIST}/found`, fields);
  await seenBatch(stack, idOf(location ?? ''), ({ state }) => state !== 'validating', 'its report');
  expect(await ada.read(location ?? '')).toContain('found by the service');
  const { body } = await ada.look(`${location}/results.csv`);
  expect(body).toContain(failed.taxReturnId);
  const all = await ada.submit(LIST, `${LIST}/found`, { action: 'reminder-submit', reason: 'everybody' });
  expect([all.status, textOf(all.body)]).toEqual([
    422,
    expect.stringContaining('everybody would be on the list'),
  ]);
});

describe('a batch', () => {
  it('that stopped by itself is said at the first look', async () => {
    const page = await sent(ada, (await aFailed(stack)).taxReturnId);
    await stack.sql(
      `UPDATE batches SET state = 'stopped', reason = 'too-many-failed', detail = $2 WHERE id = $1::uuid`,
      [idOf(page), '51 of its last thousand mails failed or came back.'],
    );
    const { body } = await ada.look('/ops');
    expect(textOf(body)).toContain('1 batch stopped by itself');
    expect(body).toContain(`href="${page}"`);
    expect(await ada.read(page)).toContain('51 of its last thousand mails failed');
    await move(stack, idOf(page), 'abort-batch');
    expect(await ada.read('/ops')).not.toContain('stopped by itself');
  });

  it('says by each look how fast it goes since the last, also without a script', async () => {
    const page = await sent(ada, (await aFailed(stack)).taxReturnId);
    await stack.sql(
      `UPDATE batches SET state = 'running', counts = '{"applied": 400, "ready": 800}', rows = 1200,
              lease_until = now() + interval '1 hour' WHERE id = $1::uuid`,
      [idOf(page)],
    );
    const look = `of=running&at=${Date.now() - 10_000}&done=300`;
    const text = await ada.read(`${page}?${look}`);
    expect(text).toMatch(/400 of 1,200 rows run (9\.\d|10\.0|10) a second, about 1 min \d+ s left/);
    const part = await ada.look(`${page}/progress?${look}`);
    expect(part.body).toMatch(/^<div class="live" data-kind="running"\s+data-next="\/ops\/batches\//);
    expect(part.body).toMatch(/rate=(9\.\d|10\.0)/);
    await move(stack, idOf(page), 'abort-batch');
    const over = await ada.look(`${page}/progress`);
    expect(over.body).not.toContain('data-next');
  });
});

it('a reminder of a state shows the state in its mails', async () => {
  const open = await aReturn(stack);
  const page = await sent(ada, open.taxReturnId, { action: 'reminder-state', state: 'ma' });
  expect(await ada.read(page)).toContain('Reminder of the state return, MA');
  expect((await ada.look(`${page}/samples/1`)).body).toContain('Massachusetts');
});

describe('the mails of a batch that waits', () => {
  let page: string;
  beforeAll(async () => {
    const { taxReturnId } = await aFailed(stack);
    const strangers = Array.from({ length: 4 }, () => aName().taxReturnId);
    page = await sent(ada, [taxReturnId, ...strangers].join('\n'));
  });

  it('are shown to whoever may see what taxpayers are sent, and to nobody else, who does not approve it either', async () => {
    const blind = await aPerson('Bill', ['read', 'operate']);
    const { body } = await blind.look(page);
    expect(body).not.toMatch(/samples\/1|name="seen"/);
    expect(textOf(body)).toContain('nobody approves what they have not seen');
    expect((await blind.look(`${page}/samples/1`)).status).toBe(403);
    const form = await blind.token(page);
    const unseen = await blind.send(`${page}/approval`, { form, reason: 'it is urgent', seen: '' });
    expect([unseen.status, textOf(unseen.body)]).toEqual([
      409,
      expect.stringContaining('is not what it would send'),
    ]);
    expect((await batchNow(stack, idOf(page))).state).toBe('awaiting-approval');
  });

  it('are what is approved: not what they have become since the page was opened', async () => {
    const grace = await aPerson('Grace');
    const opened = await grace.hiddenOf(page, `${page}/approval`);
    await stack.sql(
      `UPDATE tax_returns SET language = 'es' WHERE id IN (SELECT tax_return_id FROM batch_rows WHERE batch_id = $1::uuid)`,
      [idOf(page)],
    );
    const late = await grace.send(`${page}/approval`, { ...opened, reason: 'looked at it' });
    expect([late.status, textOf(late.body)]).toEqual([
      409,
      expect.stringContaining('Look at its report and its mails again'),
    ]);
    expect((await act(grace, page, {}, 'approval')).status).toBe(303);
  });
});

it('nobody opens a batch without the scope', async () => {
  const reader = await aPerson('reader', ['read']);
  expect((await reader.look(LIST)).status).toBe(403);
  const known = await aBatch(stack, (await aFailed(stack)).taxReturnId);
  expect((await reader.look(`${LIST}/${known.id}/results.csv`)).status).toBe(403);
  expect((await ada.look(`${LIST}/${randomUUID()}`)).status).toBe(404);
});
