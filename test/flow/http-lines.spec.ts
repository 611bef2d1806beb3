import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { aReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('lines-flow', { worker: false });
});

type Line = Record<string, unknown>;

async function send(path: string, lines: unknown[], headers: Record<string, string> = {}): Promise<Line[]> {
  const body = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  const answer = await stack.api<string>('POST', path, body, {
    'content-type': 'application/x-ndjson',
    ...headers,
  });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([202, 'application/x-ndjson']);
  const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

const reminder = () => ({ taxReturnId: randomUUID(), template: 'reminder-state' });

describe('lines of notifications', () => {
  it('are answered one by one; bad ones with their problem, and the rest goes on', async () => {
    const good = reminder();
    const answer = await send('/v1/notifications', [
      good,
      '{"half',
      '',
      { ...reminder(), template: 'birthday', colour: 'red' },
      `"${'x'.repeat(300_000)}"`,
      good,
    ]);
    expect(answer).toMatchObject([
      { index: 0, created: true },
      { index: 1, problem: { type: '/problems/bad-request' } },
      { index: 3, problem: { errors: [{ pointer: '/template' }, { pointer: '/colour' }] } },
      { index: 4, problem: { type: '/problems/content-too-large' } },
      { index: 5, created: true },
      { lines: 5, outcomes: { created: 2, problem: 3 } },
    ]);
  });

  it('may be sent again under the same key: each is known by its place', async () => {
    const lines = [reminder(), reminder()];
    const key = { 'idempotency-key': randomUUID() };
    const first = await send('/v1/notifications', lines, key);
    const second = await send('/v1/notifications', [...lines, reminder()], key);
    expect(second.slice(0, 2)).toEqual(first.slice(0, 2).map((line) => ({ ...line, created: false })));
    expect(second.at(-1)).toEqual({ lines: 3, outcomes: { existing: 2, created: 1 } });
  });

  it('are answered with problems only for whoever prefers that', async () => {
    const answer = await send('/v1/notifications', [reminder(), 'x'], { prefer: 'return=minimal' });
    expect(answer).toMatchObject([{ index: 1 }, { lines: 2 }]);
  });

  it('need a key like every call', async () => {
    const answer = await stack.api('POST', '/v1/notifications', '{}', {
      'content-type': 'application/x-ndjson',
      authorization: 'Bearer wrong',
    });
    expect(answer.status).toBe(401);
  });
});

it('a list of notifications has an outcome for each entry, and a limit', async () => {
  const ask = (body: unknown) => stack.api('POST', '/v1/notifications', body);
  expect((await ask([reminder(), { template: 'accepted' }])).body).toMatchObject({
    entries: [
      { index: 0, created: true },
      { index: 1, problem: { errors: [{ pointer: '/taxReturnId' }] } },
    ],
  });
  expect((await ask(Array(1001).fill({}))).body).toMatchObject({ status: 422 });
});

it('lines of status messages have the outcomes that a list has', async () => {
  const { taxReturnId, submissionId } = await aReturn(stack);
  const submitted = { taxReturnId, submissionId, status: 'submitted' };
  expect(await send('/v1/submission-status', [submitted, 'x', { status: 'lost' }, submitted])).toMatchObject([
    { index: 0, outcome: 'applied' },
    { index: 1, problem: { status: 400 } },
    { index: 2, outcome: 'refused' },
    { index: 3, outcome: 'duplicate' },
    { lines: 4, outcomes: { applied: 1, problem: 1, refused: 1, duplicate: 1 } },
  ]);
});
