import { gzipSync } from 'node:zlib';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { confirmationV1 } from '#apps/local/src/direct-file.messages.js';
import { eventually } from '../support/eventually.js';
import { aReturn, type MadeReturn } from '../support/make.js';
import { RawCall } from '../support/raw.call.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
let url: string;
let key: Record<string, string>;
beforeAll(async () => {
  stack = await Stack.start('hostile-bodies');
  url = await stack.app.getUrl();
  key = { Authorization: `Bearer ${stack.environment.API_KEY}` };
});

const json = { 'Content-Type': 'application/json' };
const large = { ...json, 'Content-Length': '5000000' };
/** What stands here is deeper than any walk through a value goes. */
const deep = '{"a":'.repeat(40_000) + '1' + '}'.repeat(40_000);

describe('a body of which not a byte has come', () => {
  it('is not waited for where there is no key, or the wrong one', async () => {
    for (const headers of [large, { ...large, Authorization: 'Bearer wrong' }])
      await (await RawCall.begin(url, 'POST /v1/notifications', headers)).answered(401);
  });

  it('is not waited for where it is larger than any, compressed, or of another type', async () => {
    const answerTo = async (status: number, headers: Record<string, string>) =>
      (await RawCall.begin(url, 'POST /v1/notifications', { ...key, ...headers })).answered(status);
    await answerTo(413, { ...json, 'Content-Length': '6000000' });
    expect(await answerTo(415, { ...large, 'Content-Encoding': 'gzip' })).toContain('Content-Encoding');
    await answerTo(415, { 'Content-Type': 'text/csv', 'Content-Length': '10' });
  });

  it('is not waited for where a route takes none', async () => {
    await (await RawCall.begin(url, 'GET /v1/notifications', { ...key, ...large })).answered(200);
    await (await RawCall.begin(url, 'POST /v1/nothing', large)).answered(404);
  });
});

it.each(['/v1/notifications', '/v1/submission-status', '/v1/receipts'])(
  'a body that is small and becomes large when it is unpacked is not unpacked: %s',
  async (path) => {
    const headers = { ...key, ...json, 'content-encoding': 'gzip' };
    const body = gzipSync('['.repeat(2_000_000) + ']'.repeat(2_000_000));
    const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body });
    expect([answer.status, ((await answer.json()) as { type: string }).type]).toEqual([
      415,
      '/problems/unsupported-media-type',
    ]);
  },
);

it('large bodies that do not end are held up to a bound: the rest is told to come again', async () => {
  const calls = await Promise.all(
    Array.from({ length: 20 }, () => RawCall.begin(url, 'POST /v1/notifications', { ...key, ...large })),
  );
  for (const call of calls) call.send(Buffer.alloc(4_900_000, ' '));
  const refused = () => calls.filter(({ statuses }) => statuses.includes(503)).length;
  // 64 MiB are 13 of them.
  await eventually(() => refused() >= 7, { because: 'the calls that are too many' });
  for (const call of calls) call.hangUp();
  // What they held is given back.
  const { taxReturnId } = await aReturn(stack);
  const fits = { taxReturnId, template: 'reminder-state', context: { state: 'MA' } };
  await eventually(
    async () => (await stack.api('POST', '/v1/notifications', [fits, 'x'.repeat(4_900_000)])).status === 202,
    { because: 'room for a large body' },
  );
});

describe('when a body has been coming in for too long', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('its call is over, with a key and without; lines with a key go on', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const expects = { Expect: '100-continue' };
    const slow = await RawCall.begin(url, 'POST /v1/notifications', { ...key, ...large, ...expects });
    const unknown = await RawCall.begin(url, 'POST /v1/notifications', { ...large, ...expects });
    const lines = await RawCall.begin(url, 'POST /v1/notifications', {
      ...key,
      ...expects,
      'Content-Type': 'application/x-ndjson',
      'Transfer-Encoding': 'chunked',
    });
    await Promise.all([unknown.answered(401), slow.answered(100)]);
    const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
    lines.send(chunk('no JSON\n'));
    await lines.answered(202);
    vi.advanceTimersByTime(30_000);
    await slow.answered(408);
    await eventually(() => slow.isOver && unknown.isOver, { because: 'the connections that end' });
    lines.send(`${chunk('none either\n')}0\r\n\r\n`);
    await eventually(async () => (await lines.answered(202)).includes('"lines":2'), {
      because: 'the last line of the answer',
    });
  });
});

describe('JSON that is nested deeper than 64 levels', () => {
  const ask = ({ taxReturnId }: MadeReturn, occurrence: string, member?: string) =>
    `{"taxReturnId":"${taxReturnId}","template":"reminder-state","occurrence":"${occurrence}","context":{"state":"MA"${member ? `,"x":${member}` : ''}}}`;
  const status = ({ taxReturnId, submissionId }: MadeReturn, value: string, member?: string) =>
    `{"taxReturnId":"${taxReturnId}","submissionId":"${submissionId}","status":"${value}"${member ? `,"x":${member}` : ''}}`;
  const send = (path: string, body: string, type = 'application/json') =>
    stack.api<{ entries: Record<string, unknown>[] }>('POST', path, body, { 'content-type': type });

  it('refuses its own entry of a list and no neighbour', async () => {
    const [one, two] = [await aReturn(stack), await aReturn(stack)];
    const asked = await send(
      '/v1/notifications',
      `[${ask(one, 'a')},${ask(one, 'b', deep)},${ask(one, 'c')}]`,
    );
    expect([asked.status, asked.body.entries]).toMatchObject([
      202,
      [
        { created: true },
        { problem: { status: 422, errors: [{ pointer: '', detail: 'is nested deeper than 64 levels' }] } },
        { created: true },
      ],
    ]);
    const told = await send(
      '/v1/submission-status',
      `[${status(one, 'submitted')},${status(one, 'accepted', deep)},${status(two, 'submitted')}]`,
    );
    expect(told.body.entries).toMatchObject([
      { outcome: 'applied' },
      { outcome: 'refused', detail: 'is nested deeper than 64 levels' },
      { outcome: 'applied' },
    ]);
  });

  it('refuses its own line and no neighbour', async () => {
    const owner = await aReturn(stack);
    const { body } = await stack.api<string>(
      'POST',
      '/v1/notifications',
      [ask(owner, 'a'), ask(owner, 'b', deep), ask(owner, 'c')].join('\n'),
      { 'content-type': 'application/x-ndjson' },
    );
    const lines = body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toMatchObject([
      { created: true },
      { problem: { status: 422, errors: [{ pointer: '', detail: 'is nested deeper than 64 levels' }] } },
      { created: true },
      { lines: 3, outcomes: { created: 2, problem: 1 } },
    ]);
  });

  it.each([
    ['PUT', `/v1/tax-returns/${randomUUID()}`, `{"language":"en","x":${deep}}`],
    ['PUT', '/v1/submissions/A/rejection-codes', `[{"MeFErrorCode":"A","x":${deep}}]`],
    ['POST', '/v1/resends', deep],
    ['POST', '/v1/notifications', deep],
  ])('refuses the whole of %s %s, which has no entries', async (method, path, body) => {
    const answer = await stack.api<{ errors: object[] }>(method, path, body);
    expect([answer.status, answer.body.errors]).toEqual([
      422,
      [{ pointer: '', detail: 'is nested deeper than 64 levels' }],
    ]);
  });

  it('refuses its own entry of a queue message and no neighbour, and does so again when it is replayed', async () => {
    const [one, two] = [await aReturn(stack), await aReturn(stack)];
    const message = confirmationV1([one, two]).replace(
      '"submissionReceivedAt":null',
      `"submissionReceivedAt":null,"x":${deep}`,
    );
    await stack.put('confirmation', message);
    const parked = await eventually(
      async () =>
        (
          await stack.sql<{ id: string; kind: string }>(
            'SELECT id, kind FROM quarantine WHERE tax_return_id = $1',
            [one.taxReturnId],
          )
        )[0],
      { because: 'the entry in quarantine' },
    );
    expect(parked.kind).toBe('refused');
    await eventually(() => stack.mailbox.mails.some(({ to }) => to.includes(two.email)), {
      because: 'the mail of its neighbour',
    });
    const replayed = await stack.api('POST', `/v1/quarantine/${parked.id}/replay`, { reason: 'to see' });
    expect(replayed.body).toMatchObject({ entries: [{ outcome: 'refused' }] });
    expect(stack.mailbox.mails.filter(({ to }) => to.includes(one.email))).toEqual([]);
  });

  it('is a receipt that cannot be read, and kept', async () => {
    for (const type of ['application/json', 'text/plain'])
      expect((await send('/v1/receipts', `{"notificationType":${deep}}`, type)).body).toMatchObject({
        outcome: 'refused',
        reason: 'unreadable',
        detail: 'The message is nested deeper than 64 levels',
      });
  });
});

it.each([
  ['one object', `{${Array.from({ length: 150_000 }, (_, number) => `"m${number}":1`).join()}}`],
  ['a list', `[${'{},'.repeat(150_000)}{}]`],
])('a body of more values than any is told so before it is parsed: %s', async (_what, body) => {
  for (const path of ['/v1/notifications', '/v1/submission-status', '/v1/resends']) {
    const answer = await stack.api<{ detail: string }>('POST', path, body);
    expect([path, answer.status]).toEqual([path, 413]);
    expect(answer.body.detail).toContain('more than 100,000 values');
  }
});

it('a problem names a hundred members at most, and long names by their beginning', async () => {
  const members = Array.from({ length: 5_000 }, (_, number) => `"m${number}":1`);
  const answer = await stack.api<{ detail: string; errors: { pointer: string }[] }>(
    'PUT',
    `/v1/tax-returns/${randomUUID()}`,
    `{"${'n'.repeat(100_000)}":1,${members.join()}}`,
  );
  expect([answer.status, answer.body.errors.length]).toEqual([422, 100]);
  expect(answer.body.detail).toContain('the first 100 of 5001');
  expect(answer.body.errors[0]?.pointer).toBe(`/${'n'.repeat(100)}`);
  const told = await stack.api<{ entries: { detail: string }[] }>('POST', '/v1/submission-status', [
    {
      taxReturnId: randomUUID(),
      status: 'rejected',
      rejectionCodes: Array.from({ length: 200 }, () => ({ MeFErrorCode: ' ' })),
    },
  ]);
  expect(told.body.entries[0]?.detail).toMatch(/; and 100 more$/);
});
