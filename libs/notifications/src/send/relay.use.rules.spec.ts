import { describe, expect, it } from 'vitest';
import { afterConversations, afterTrial, goesByOther, relayOf } from './relay.use.rules.js';
import type { RelayUse } from './relay.use.rules.js';

const EVERY = 30_000;
const then = new Date('2026-05-03T12:00:00Z');
const well = { illSince: null, takes: true };
const silent = { illSince: null, takes: false };
const ill = { illSince: then, takes: false };

const aUse = (use: Partial<RelayUse> = {}): RelayUse => ({
  first: 'first:25',
  second: 'second:25',
  onSecond: false,
  since: new Date(0),
  firstIllSince: null,
  secondIllSince: null,
  trialsTaken: 0,
  revision: 1,
  ...use,
});
const onSecond = (use: Partial<RelayUse> = {}) => aUse({ onSecond: true, firstIllSince: then, ...use });

describe('the relay in use', () => {
  it.each([
    ['stays while it takes mails', aUse(), well, undefined],
    ['stays while nothing goes', aUse(), silent, undefined],
    ['is left when it is ill', aUse(), ill, { onSecond: true, firstIllSince: then, nextTrial: EVERY }],
    [
      'is left for the first when the second is ill too',
      onSecond(),
      ill,
      { onSecond: false, firstIllSince: then, secondIllSince: then },
    ],
    [
      'is well again with the first mail that it takes, in its turn',
      aUse({ firstIllSince: then, secondIllSince: then }),
      well,
      { onSecond: false, firstIllSince: null, secondIllSince: then, nextTrial: null },
    ],
  ])('%s', (_, use, health, next) => {
    const found = afterConversations(use, health, EVERY);
    if (next) expect(found).toMatchObject(next);
    else expect(found).toBeUndefined();
  });

  it('has been ill since it first was, however often it is asked in its turn', () => {
    const earlier = new Date(0);
    const use = aUse({ firstIllSince: earlier, secondIllSince: then });
    expect(afterConversations(use, ill, EVERY)).toMatchObject({ firstIllSince: earlier });
  });
});

describe('a trial of the first relay', () => {
  it('that goes on tells nothing, nor does one after the return', () => {
    expect(afterTrial(onSecond(), null, EVERY)).toBeUndefined();
    expect(afterTrial(aUse(), 'accepted', EVERY)).toBeUndefined();
  });

  it('that is taken is followed by another at once, and the third in a row ends it', () => {
    expect(afterTrial(onSecond(), 'accepted', EVERY)).toMatchObject({
      onSecond: true,
      trialsTaken: 1,
      nextTrial: 0,
    });
    expect(afterTrial(onSecond({ trialsTaken: 2 }), 'accepted', EVERY)).toMatchObject({
      onSecond: false,
      firstIllSince: null,
      trialsTaken: 0,
    });
  });

  it.each([
    ['deferred', EVERY],
    ['refused', EVERY],
    // A taxpayer is in doubt.
    ['unknown', 10 * EVERY],
  ] as const)('that ends %s is the first of a new row after %i ms', (ended, nextTrial) => {
    expect(afterTrial(onSecond({ trialsTaken: 2 }), ended, EVERY)).toMatchObject({
      onSecond: true,
      firstIllSince: then,
      trialsTaken: 0,
      nextTrial,
    });
  });
});

it.each([
  ['what the first put off goes by the second, which is in use', onSecond(), 'first:25', true],
  ['what the relay in use put off stays with it', onSecond(), 'second:25', false],
  ['nothing goes by one that is ill', onSecond({ secondIllSince: then }), 'first:25', false],
  ['what the second put off goes by the first after the return', aUse(), 'second:25', true],
])('%s', (_, use, relay, does) => {
  expect(goesByOther(use, relay)).toBe(does);
  expect(relayOf(use)).toBe(use.onSecond ? 'second:25' : 'first:25');
});
