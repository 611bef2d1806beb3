import { describe, expect, it } from 'vitest';
import { paceQuery } from './batch.query.js';
import { rateOf } from './pace.rules.js';

const look = { of: 'running', at: 1_000_000, done: 500 };

describe('how fast a batch goes', () => {
  it('nobody can tell at the first look', () => {
    expect(rateOf(undefined, look)).toBeUndefined();
  });

  it('is told by the look before', () => {
    expect(rateOf({ of: 'running', at: 998_000, done: 300 }, look)).toBe(100);
  });

  it('is smooth, and follows what lasts', () => {
    const once = rateOf({ of: 'running', at: 998_000, done: 500, rate: 100 }, look) ?? 0;
    expect(once).toBeGreaterThan(50);
    expect(once).toBeLessThan(100);
    const late = rateOf({ of: 'running', at: 960_000, done: 500, rate: 100 }, look) ?? 0;
    expect(late).toBeLessThan(2);
  });

  it.each([
    ['of what was counted before', { of: 'validating', at: 998_000, done: 10 }],
    ['of rows that are not done any more', { of: 'running', at: 998_000, done: 501 }],
    ['of a clock that is ahead', { of: 'running', at: 1_002_000, done: 100 }],
    ['of long ago', { of: 'running', at: 1_000, done: 100 }],
  ])('is not told by a look %s', (_what, before) => {
    expect(rateOf(before, look)).toBeUndefined();
  });

  it('does not change by a second look at once', () => {
    expect(rateOf({ of: 'running', at: 999_900, done: 500, rate: 7 }, look)).toBe(7);
  });

  it('is not asked of an address that makes no sense', () => {
    expect(paceQuery.parse({ of: 'running', at: 'yesterday', done: '-3' })).toBeUndefined();
    expect(paceQuery.parse({})).toBeUndefined();
  });
});
