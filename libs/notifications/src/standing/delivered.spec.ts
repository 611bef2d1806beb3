import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { deliveredOf, isDuplicate, isRemediated } from './delivered.js';
import type { DeliveryFacts, RemediationFact } from './delivered.js';

const day = 86_400_000;
const now = new Date('2026-05-03T12:00:00Z');
const boxes = { primary: 3 * day, backup: 21 * day };
const eventTypes = [
  'processing',
  'submitted',
  'error_mef',
  'accepted',
  'rejected',
  'error_resolved',
] as const;
const wordsOfTheAuthority: string[] = ['submitted', 'accepted', 'rejected'];

describe('where a submission stands on its way to the authority', () => {
  it('depends on no order in which anything arrived', () => {
    fc.assert(
      fc.property(anySubmission, fc.infiniteStream(fc.nat()), (facts, keys) => {
        const shuffled = {
          ...facts,
          events: shuffle(facts.events, keys),
          remediations: shuffle(facts.remediations, keys),
        };
        expect(verdictOf(shuffled)).toEqual(verdictOf(facts));
      }),
    );
  });

  const later = fc.record({ events: fc.subarray([...eventTypes]), days: fc.nat(1000) });

  it('is left, once a success, by nothing but the word of a person', () => {
    fc.assert(
      fc.property(anySubmission, later, (facts, { events: types, days }) => {
        fc.pre(deliveredOf(facts, now, boxes) === 'success');
        expect(deliveredOf(withMore(facts, types), after(days), boxes)).toBe('success');
      }),
    );
  });

  it('is left, once a failure, by no event but one that only the authority can cause', () => {
    const unheard = anySubmission.map((facts) => ({
      ...facts,
      receiptId: null,
      backupStatus: facts.backupStatus && ('rejected' as const),
      events: facts.events.filter(({ type }) => !wordsOfTheAuthority.includes(type)),
    }));
    fc.assert(
      fc.property(unheard, later, (facts, { events: types, days }) => {
        fc.pre(deliveredOf(facts, now, boxes) === 'failure');
        const isHeard = types.some((type) => wordsOfTheAuthority.includes(type));
        expect(deliveredOf(withMore(facts, types), after(days), boxes)).toBe(isHeard ? 'success' : 'failure');
      }),
    );
  });
});

const anySubmission: fc.Arbitrary<DeliveryFacts> = fc.record({
  createdAt: fc.nat(30).map((days) => new Date(now.getTime() - days * day)),
  receiptId: fc.option(fc.constant('R1')),
  events: fc.subarray([...eventTypes]).map((types) => types.map((type) => ({ type }))),
  backupId: fc.option(fc.constant('B1')),
  backupStatus: fc.option(fc.constantFrom('accepted' as const, 'rejected' as const)),
  remediations: fc
    .array(fc.tuple(fc.nat(2), fc.boolean()), { maxLength: 5 })
    .map((all) => all.map(([at, success], index) => remediation(BigInt(index), success, at))),
});

function withMore(facts: DeliveryFacts, types: (typeof eventTypes)[number][]): DeliveryFacts {
  return { ...facts, events: [...facts.events, ...types.map((type) => ({ type }))] };
}

function after(days: number): Date {
  return new Date(now.getTime() + days * day);
}

function verdictOf(facts: DeliveryFacts) {
  return [deliveredOf(facts, now, boxes), isRemediated(facts), isDuplicate(facts)];
}

function shuffle<T>(items: T[], keys: Iterator<number>): T[] {
  return items
    .map((item) => ({ item, key: Number(keys.next().value) }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

function remediation(sequence: bigint, success: boolean, at: number): RemediationFact {
  return { createdAt: new Date(now.getTime() + at), sequence, success, ignoredAsDuplicate: false };
}
