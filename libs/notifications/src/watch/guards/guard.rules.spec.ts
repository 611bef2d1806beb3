import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aboveShare, failsAtOnce, shareOf, volumeLimit } from './guard.rules.js';

const VOLUME = { GUARD_VOLUME_FLOOR: 600, GUARD_VOLUME_FACTOR: 10 };
const RETURNS = { GUARD_RETURNS_LAST: 1000, GUARD_RETURNS_SHARE: 0.05, GUARD_COMPLAINTS_SHARE: 0.005 };
const count = fc.nat(1_000_000);

describe('how many mails of a template may be asked for', () => {
  it('is never below the floor, nor below a multiple of what was usual or what a person explained, and never above all three', () => {
    fc.assert(
      fc.property(count, count, (busiest, explained) => {
        const limit = volumeLimit({ busiest, explained }, VOLUME);
        expect([600, 10 * busiest, 10 * explained]).toContain(limit);
        expect(limit).toBe(Math.max(600, 10 * busiest, 10 * explained));
      }),
    );
  });

  it('lets a peak grow ten times in a day', () => {
    expect(volumeLimit({ busiest: 0, explained: 0 }, VOLUME)).toBe(600);
    expect(volumeLimit({ busiest: 61, explained: 0 }, VOLUME)).toBe(610);
  });
});

describe('a lane', () => {
  const lane = fc
    .tuple(count, count, count)
    .map(([mails, a, b]) => ({ mails, returned: Math.max(a, b), complained: Math.min(a, b) }));

  it('is never above a share for a handful, however few mails there are', () => {
    expect(aboveShare({ mails: 50, returned: 50, complained: 0 }, RETURNS)).toBeUndefined();
    expect(aboveShare({ mails: 50, returned: 51, complained: 0 }, RETURNS)).toBe('returns');
    expect(aboveShare({ mails: 1_000, returned: 5, complained: 5 }, RETURNS)).toBeUndefined();
    expect(aboveShare({ mails: 1_000, returned: 6, complained: 6 }, RETURNS)).toBe('complaints');
  });

  it('that is not above a share is not with more mails, nor with fewer that come back', () => {
    fc.assert(
      fc.property(lane, count, count, (found, more, fewer) => {
        fc.pre(aboveShare(found, RETURNS) === undefined);
        expect(aboveShare({ ...found, mails: found.mails + more }, RETURNS)).toBeUndefined();
        const less = (of: number) => Math.max(0, of - fewer);
        const milder = {
          ...found,
          returned: less(found.returned),
          complained: less(found.complained),
        };
        expect(aboveShare(milder, RETURNS)).toBeUndefined();
      }),
    );
  });
});

describe('all submissions fail at once', () => {
  const usual = { failed: 20, went: 80 };

  it.each([
    ['as many as have to', { failed: 190, went: 10 }, usual, true],
    ['too few to tell', { failed: 199, went: 0 }, usual, false],
    ['some go', { failed: 189, went: 11 }, usual, false],
    ['as they always did', { failed: 200, went: 0 }, { failed: 51, went: 49 }, false],
    ['and nothing is known of before', { failed: 200, went: 0 }, { failed: 0, went: 0 }, true],
  ])('%s', (_, now, before, is) => {
    expect(failsAtOnce(now, before, 200)).toBe(is);
  });

  it('never while as many fail as did before', () => {
    const outcomes = fc.record({ failed: count, went: count });
    fc.assert(
      fc.property(outcomes, fc.integer({ min: 10, max: 1000 }), (same, least) => {
        expect(failsAtOnce(same, same, least)).toBe(false);
        expect(shareOf(same)).toBeGreaterThanOrEqual(0);
        expect(shareOf(same)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
