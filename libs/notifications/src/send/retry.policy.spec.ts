import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { retry } from './retry.policy.js';

const settings = {
  RETRY_BASE: 30_000,
  RETRY_CEILING: 3_600_000,
  RETRY_MAX_ATTEMPTS: 20,
  RETRY_MAX_AGE: 72 * 3_600_000,
};
const tries = fc.integer({ min: 1, max: 19 });

describe('a deferred mail', () => {
  it('waits longer at most with each try, never beyond the ceiling', () => {
    fc.assert(
      fc.property(tries, fc.double({ min: 0, max: 1, noNaN: true }), (count, chance) => {
        const decision = retry({ tries: count, age: 0, reason: 'relay-busy' }, settings, () => chance);
        const ceiling = Math.min(settings.RETRY_CEILING, settings.RETRY_BASE * 2 ** (count - 1));
        expect(decision).toEqual({ wait: Math.round(chance * ceiling) });
      }),
    );
  });

  it('is never tried before the relay wants it', () => {
    const decision = retry(
      { tries: 1, age: 0, reason: 'relay-busy', retryAfter: 300_000 },
      settings,
      () => 0,
    );
    expect(decision).toEqual({ wait: 300_000 });
  });

  it('is tried sooner when the relay could not be reached at all', () => {
    const wait = (reason: 'relay-busy' | 'relay-unreachable') =>
      retry({ tries: 1, age: 0, reason }, settings, () => 1);
    expect(wait('relay-unreachable')).toEqual({ wait: 5_000 });
    expect(wait('relay-busy')).toEqual({ wait: 30_000 });
  });

  it('is given up by count and by age', () => {
    expect(retry({ tries: 20, age: 0, reason: 'relay-busy' }, settings)).toEqual({
      giveUp: 'too-many-tries',
    });
    expect(retry({ tries: 500, age: 0, reason: 'relay-unreachable' }, settings)).toHaveProperty('wait');
    expect(retry({ tries: 1, age: settings.RETRY_MAX_AGE, reason: 'relay-busy' }, settings)).toEqual({
      giveUp: 'too-old',
    });
  });

  it('of a relay that is full or away is given up by age alone', () => {
    for (const reason of ['relay-full', 'relay-unreachable'] as const)
      expect(retry({ tries: 1000, age: 0, reason }, settings, () => 0)).toEqual({ wait: 0 });
  });
});
