import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerOf } from './call-back.answer.js';
import type { CallAnswer } from './call-back.answer.js';
import { afterWindow } from './call-back.rules.js';
import type { TakenCallBack } from './call-back.turns.js';
import { tellEach } from './call-back.window.js';
import type { FeedRow } from './event.feed.js';

const settings = { RETRY_BASE: 30_000, RETRY_CEILING: 3_600_000, RETRY_MAX_AGE: 72 * 3_600_000 };
const told: CallAnswer = { kind: 'told' };
const refused: CallAnswer = { kind: 'failed', reason: 'answered', status: 400 };
const never = new AbortController().signal;

const rowsOf = (owners: readonly string[]): FeedRow[] =>
  owners.map((taxReturnId, index) => ({
    xid: '7',
    sequence: String(index + 1),
    kind: 'accepted',
    taxReturnId,
    submissionId: null,
    occurredAt: new Date(0),
    recordedAt: new Date(0),
  }));
const taken = (failures = 0): TakenCallBack => ({
  name: 'n',
  token: 't',
  url: 'u',
  kinds: [],
  failures,
  xid: '5',
  sequence: '0',
});

async function after(owners: string[], answers: CallAnswer[], failures = 0) {
  const rows = rowsOf(owners);
  const result = await tellEach(
    rows,
    1,
    (row) => Promise.resolve(answers[Number(row.sequence) - 1] ?? told),
    never,
  );
  return afterWindow(taken(failures), rows.at(-1) ?? taken(), result, settings, () => 1);
}

describe('how far a call-back is', () => {
  it('never passes an event that was neither told nor put aside, whatever was answered', async () => {
    const answer = fc.constantFrom<CallAnswer>(
      told,
      told,
      refused,
      { kind: 'failed', reason: 'timed-out' },
      { kind: 'busy', reason: 'busy', status: 503, retryAfter: 1_000 },
      { kind: 'gone', reason: 'gone', status: 410 },
    );
    const cases = fc.array(fc.record({ owner: fc.constantFrom('a', 'b', 'c'), answer }), {
      minLength: 1,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(
        cases,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 11 }),
        async (many, atOnce, failures) => {
          const rows = rowsOf(many.map(({ owner }) => owner));
          const heard: string[] = [];
          const result = await tellEach(
            rows,
            atOnce,
            async ({ sequence, taxReturnId }) => {
              await Promise.resolve();
              const said = many[Number(sequence) - 1]?.answer ?? told;
              if (said.kind === 'told') heard.push(`${taxReturnId} ${sequence}`);
              return said;
            },
            never,
          );
          const progress = afterWindow(taken(failures), rows.at(-1) ?? taken(), result, settings);
          const at = progress.xid === '5' ? 0 : Number(progress.sequence);
          const dealtWith = new Set([
            ...heard.map((one) => one.split(' ')[1]),
            ...progress.asides.map(({ sequence }) => sequence),
          ]);
          expect(rows.slice(0, at).every(({ sequence }) => dealtWith.has(sequence))).toBe(true);
          // Each return hears in its order.
          for (const owner of ['a', 'b', 'c']) {
            const own = heard.filter((one) => one.startsWith(owner)).map((one) => Number(one.split(' ')[1]));
            expect(own).toEqual(own.toSorted((one, other) => one - other));
          }
          // It goes on at once only if it is further than it was.
          expect(progress.wait > 0 || progress.state === 'stopped' || at > 0).toBe(true);
        },
      ),
    );
  });

  it('is where it was when nothing passes, and it waits longer each time, up to the ceiling', async () => {
    const waits = await Promise.all(
      [0, 1, 2, 30].map((failures) => after(['a', 'b'], [refused, refused], failures)),
    );
    expect(waits.map(({ sequence, wait, failures }) => [sequence, wait, failures])).toEqual([
      ['0', 30_000, 1],
      ['0', 60_000, 2],
      ['0', 120_000, 3],
      ['0', 3_600_000, 31],
    ]);
  });

  it('is behind an event that fails while others pass, and behind the first one when nothing passed five times', async () => {
    expect(await after(['a', 'b'], [told, refused])).toMatchObject({
      sequence: '2',
      failures: 0,
      asides: [{ sequence: '2' }],
    });
    expect(await after(['a', 'b'], [refused, refused], 4)).toMatchObject({
      sequence: '1',
      failures: 5,
      asides: [{ sequence: '1' }],
    });
  });

  it('is behind all when one fails and others pass, also those of the same return', async () => {
    const behind = await after(['b', 'a', 'a', 'b'], [told, refused, told, told]);
    expect(behind).toMatchObject({ sequence: '4', wait: 0, asides: [{ sequence: '2' }] });
  });

  it('is before what nobody tried after sixteen failures in a row', async () => {
    const owners = Array.from({ length: 30 }, (_, index) => `return ${index}`);
    const behind = await after(owners, [told, ...owners.slice(1).map(() => refused)]);
    expect([behind.sequence, behind.asides.length]).toEqual(['17', 16]);
  });

  it('is stopped by 410, and no event is put aside for that', async () => {
    const answers: CallAnswer[] = [told, { kind: 'gone', reason: 'gone', status: 410 }];
    expect(await after(['a', 'b'], answers)).toMatchObject({ state: 'stopped', sequence: '1', asides: [] });
  });
});

it.each([
  ['90', 90_000],
  ['Thu, 01 Jan 1970 00:02:00 GMT', 120_000],
  ['Wed, 31 Dec 1969 00:00:00 GMT', 0],
  ['soon', undefined],
  [undefined, undefined],
])('reads a Retry-After of %s', (text, retryAfter) => {
  expect(answerOf(429, text, new Date(0))).toEqual({ kind: 'busy', reason: 'busy', status: 429, retryAfter });
});
