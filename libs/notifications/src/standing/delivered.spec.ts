import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deliveredOf, isDuplicate, isRemediated } from './delivered.js';
import type { DeliveryFacts, RemediationFact } from './delivered.js';

const day = 86_400_000;
const now = new Date('2026-05-03T12:00:00Z');
const boxes = { primary: 3 * day, backup: 21 * day };

describe('where a submission stands on its way to the authority', () => {
  const backup = { backupId: 'B1' };
  const cases: [string, Partial<DeliveryFacts>, number, string][] = [
    ['nothing happened, in its box', {}, 0, 'in-process'],
    ['nothing happened, a millisecond before the end of its box', {}, 3 * day - 1, 'in-process'],
    ['nothing happened, at the instant at which its box ends', {}, 3 * day, 'failure'],
    ['a failure on the primary path, in its box', events('error_mef', 'error_xml'), day, 'in-process'],
    ['a failure on the primary path, after its box', events('error_mef'), 4 * day, 'failure'],
    ['a repair is no receipt', events('error_mef', 'error_resolved'), 4 * day, 'failure'],
    ['a receipt, however old', { receiptId: 'R1' }, 900 * day, 'success'],
    ['the authority confirmed it without a receipt', events('submitted'), 900 * day, 'success'],
    ['the authority accepted it', events('accepted'), 900 * day, 'success'],
    ['the authority rejected it: it had it', events('rejected'), 900 * day, 'success'],
    ['on the backup path, undecided', backup, 20 * day, 'in-process'],
    ['on the backup path, undecided, a millisecond before the end', backup, 21 * day - 1, 'in-process'],
    ['on the backup path, undecided, at the end', backup, 21 * day, 'failure'],
    ['the backup path accepted it', { ...backup, backupStatus: 'accepted' }, 900 * day, 'success'],
    ['the backup path rejected it, in its box', { ...backup, backupStatus: 'rejected' }, 1, 'failure'],
    ['a receipt although the backup path rejected it', { ...rejected(), receiptId: 'R1' }, day, 'success'],
    ['remediated after its box', remediated(true), 4 * day, 'success'],
    ['remediated after the backup path rejected it', { ...rejected(), ...remediated(true) }, day, 'success'],
    ['a remediation that was no success, in the box', remediated(false), day, 'in-process'],
    ['a remediation that was no success, after the box', remediated(false), 3 * day, 'failure'],
    ['the latest of two remediations is none', remediated(true, false), 4 * day, 'failure'],
    ['the latest of two remediations is one', remediated(false, true), 4 * day, 'success'],
    ['a failed remediation does not undo a receipt', { receiptId: 'R', ...remediated(false) }, 1, 'success'],
  ];
  it.each(cases)('%s', (_what, facts, age, standing) => {
    expect(deliveredOf(submission(facts, age), now, boxes)).toBe(standing);
  });

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

  it('is left, once a success, by nothing but the word of a person', () => {
    const later = fc.record({ events: fc.subarray([...eventTypes]), days: fc.nat(1000) });
    fc.assert(
      fc.property(anySubmission, later, (facts, { events: types, days }) => {
        fc.pre(deliveredOf(facts, now, boxes) === 'success');
        const grown = { ...facts, events: [...facts.events, ...types.map((type) => ({ type }))] };
        expect(deliveredOf(grown, new Date(now.getTime() + days * day), boxes)).toBe('success');
      }),
    );
  });
});

describe('the remediation that counts', () => {
  it('is the one with the higher sequence when two are of one instant', () => {
    const two = [remediation(7n, false), remediation(8n, true)];
    expect(isRemediated({ remediations: two })).toBe(true);
    expect(isRemediated({ remediations: two.toReversed() })).toBe(true);
  });

  it('says whether it is a duplicate, and an earlier one does not', () => {
    const first = { ...remediation(1n, true), ignoredAsDuplicate: true };
    expect(isDuplicate({ remediations: [first] })).toBe(true);
    expect(isDuplicate({ remediations: [first, remediation(2n, true)] })).toBe(false);
  });
});

const eventTypes = [
  'processing',
  'submitted',
  'error_mef',
  'accepted',
  'rejected',
  'error_resolved',
] as const;

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

function verdictOf(facts: DeliveryFacts) {
  return [deliveredOf(facts, now, boxes), isRemediated(facts), isDuplicate(facts)];
}

function shuffle<T>(items: T[], keys: Iterator<number>): T[] {
  return items
    .map((item) => ({ item, key: Number(keys.next().value) }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

function submission(facts: Partial<DeliveryFacts>, age: number): DeliveryFacts {
  return {
    createdAt: new Date(now.getTime() - age),
    receiptId: null,
    events: [{ type: 'processing' }],
    backupId: null,
    backupStatus: null,
    remediations: [],
    ...facts,
  };
}

function events(...types: (typeof eventTypes | readonly ['error_xml'])[number][]): Partial<DeliveryFacts> {
  return { events: types.map((type) => ({ type })) };
}

function rejected(): Partial<DeliveryFacts> {
  return { backupId: 'B1', backupStatus: 'rejected' };
}

function remediated(...successes: boolean[]): Partial<DeliveryFacts> {
  return { remediations: successes.map((success, at) => remediation(BigInt(at), success, at)) };
}

function remediation(sequence: bigint, success: boolean, at = 0): RemediationFact {
  return { createdAt: new Date(now.getTime() + at), sequence, success, ignoredAsDuplicate: false };
}
