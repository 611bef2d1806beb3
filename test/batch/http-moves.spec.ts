import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { BatchCaller, countsIn } from '../support/batch.calls.js';
import { aFailed } from '../support/batches.js';
import { eventually } from '../support/eventually.js';
import { aName } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
let ada: BatchCaller;
let grace: BatchCaller;
beforeAll(async () => {
  stack = await Stack.start('batch-http-moves');
  ada = await BatchCaller.named(stack, 'ada');
  grace = await BatchCaller.named(stack, 'grace');
});

/** Sessions of the database that wait for another one. */
async function waiting(): Promise<number> {
  const [row] = await stack.sql<{ many: number }>(
    `SELECT count(*)::int AS many FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return row?.many ?? 0;
}

/** Keeps whoever wants to change a return waiting until it is let go. */
async function hold({ taxReturnId }: MadeReturn): Promise<() => Promise<void>> {
  const session = await stack.session();
  await session.query('BEGIN');
  await session.query('SELECT 1 FROM tax_returns WHERE id = $1 FOR UPDATE', [taxReturnId]);
  return async () => {
    await session.query('ROLLBACK');
    session.release();
  };
}

it('a batch that is paused is answered when its chunk has ended; what was not run when it is ended can be brought again', async () => {
  const [one, two, three] = [await aFailed(stack), await aFailed(stack), await aFailed(stack)];
  const ids = [one, two, three].map(({ taxReturnId }) => taxReturnId);
  const { id } = await ada.bring('action=error-resolved', ids.join('\n'));
  // One row at a time.
  const paced = await ada.call('POST', `/${id}/rate`, { rate: 4, reason: 'slowly' });
  expect([paced.status, paced.body.rate]).toEqual([200, 4]);
  const letGo = await hold(two);
  await ada.move(id, 'start');
  await eventually(async () => (await waiting()) === 1, { because: 'a chunk that is under way' });
  const paused = grace.move(id, 'pause');
  await eventually(async () => (await waiting()) === 2, { because: 'a pause that waits for it' });
  await letGo();
  const { status, body } = await paused;
  expect([status, body.state, body.counts.applied, body.counts.ready]).toEqual([200, 'paused', 2, 1]);

  expect(await grace.lines(id, 'remaining.csv')).toEqual(['taxReturnId', three.taxReturnId]);
  const ended = await grace.move(id, 'abort');
  expect([ended.status, ended.body.state]).toEqual([200, 'aborted']);
  const { body: left } = await grace.call<string>('GET', `/${id}/remaining.csv`);
  const rest = await grace.bring('action=error-resolved', left);
  await grace.move(rest.id, 'start');
  const done = await grace.see(rest.id, ({ counts: { told } }) => told === 1, 'the last one told');
  expect(countsIn(done)).toEqual({ applied: 1, told: 1 });
  const { state, counts } = await grace.see(id, (seen) => seen.counts.waiting === 0, 'its last mail settled');
  expect(state).toBe('aborted');
  // Whether their mails had begun when it was paused nobody can know here.
  expect((counts.told ?? 0) + (counts.failed ?? 0)).toBe(2);
  const mails = await stack.sql(
    `SELECT tax_return_id FROM notifications WHERE template = 'error-resolved' AND tax_return_id = ANY($1::uuid[])`,
    [ids],
  );
  expect(mails).toHaveLength(3);
});

describe('the same move again', () => {
  it('under its Idempotency-Key is answered as the first time, and is one act, also when nobody kept the answer', async () => {
    const { taxReturnId } = await aFailed(stack);
    const { id } = await ada.bring('action=error-resolved', taxReturnId);
    const key = { 'idempotency-key': randomUUID() };
    const first = await ada.move(id, 'start', key);
    const second = await ada.move(id, 'start', key);
    expect([second.status, second.body, second.headers.get('idempotency-replayed')]).toEqual([
      200,
      first.body,
      'true',
    ]);
    await ada.see(id, ({ state }) => state === 'finished', 'its end');
    await stack.sql('DELETE FROM idempotent_calls');
    const third = await ada.move(id, 'start', key);
    expect([third.status, third.body.state]).toEqual([200, 'finished']);
    const acts = await stack.sql(`SELECT 1 FROM audit_trail WHERE action = 'start-batch' AND target = $1`, [
      id,
    ]);
    expect(acts).toHaveLength(1);
  });

  it('without one is refused with a sentence', async () => {
    const { taxReturnId } = await aFailed(stack);
    const { id } = await ada.bring('action=error-resolved', taxReturnId);
    await ada.move(id, 'abort');
    for (const [verb, sentence] of [
      ['abort', 'A batch that is aborted cannot be ended.'],
      ['approve', 'A batch that is aborted cannot be approved.'],
      ['start', 'A batch that is aborted cannot be started.'],
      ['pause', 'A batch that is aborted cannot be paused.'],
      ['resume', 'A batch that is aborted cannot be resumed.'],
    ] as const) {
      const { status, body } = verb === 'approve' ? await ada.approve(id) : await ada.move(id, verb);
      expect([verb, status, body.detail]).toEqual([verb, 409, sentence]);
    }
    const { status, body } = await ada.call('POST', `/${id}/rate`, { rate: null, reason: 'faster' });
    expect([status, body.detail]).toEqual([409, 'A batch that is aborted has no rate any more.']);
  });
});

it('a batch that somebody ends while it is uploaded says so, and its sender hears where it is', async () => {
  let id = '';
  async function* slowly(): AsyncGenerator<Uint8Array> {
    const rows = Array.from({ length: 3_000 }, () => aName().taxReturnId);
    yield Buffer.from(`${rows.join('\n')}\n`);
    id = await eventually(
      async () =>
        (await ada.call<{ items: { id: string; state: string }[] }>('GET', '')).body.items.find(
          ({ state }) => state === 'validating',
        )?.id,
      { because: 'a batch that is being uploaded' },
    );
    await grace.move(id, 'abort');
    yield Buffer.from(`${rows.join('\n')}\n`);
  }
  const { status, body } = await ada.upload('action=reminder-submit', slowly());
  expect([status, body]).toEqual([202, { id }]);
  expect((await ada.look(id)).state).toBe('aborted');
});
