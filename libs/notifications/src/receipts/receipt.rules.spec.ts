import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { attemptOf, timeWithin, verdictOf } from './receipt.rules.js';
import type { Fact, Handed } from './receipt.rules.js';

const at = (minute: number) => new Date(Date.UTC(2026, 1, 4, 12, minute));

describe('a mail', () => {
  it.each<[string, Fact[], 'arrived' | 'came back' | 'nothing']>([
    ['nothing', [], 'nothing'],
    ['a delivery', [delivery(1)], 'arrived'],
    ['a hard bounce', [hard(1)], 'came back'],
    ['a soft bounce', [soft(1)], 'came back'],
    ['a delivery and a late hard bounce', [delivery(1), hard(2)], 'came back'],
    ['a delivery that the clocks put after a hard bounce', [hard(1), delivery(2)], 'came back'],
    ['a soft bounce and then a delivery', [soft(1), delivery(2)], 'arrived'],
    ['a delivery and then a soft bounce', [delivery(1), soft(2)], 'came back'],
    ['a delivery and a soft bounce at the same time', [delivery(1), soft(1)], 'came back'],
    ['a complaint', [complaint(1)], 'arrived'],
    ['a soft bounce and a complaint', [complaint(1), soft(2)], 'arrived'],
  ])('of which %s is known: %s', (_what, facts, end) => {
    const { deliveredAt, bouncedAt } = verdictOf([handed(1)], facts);
    expect([deliveredAt !== null, bouncedAt !== null]).toEqual([end === 'arrived', end === 'came back']);
  });

  it('has not come back while another try of it was taken and did not', () => {
    expect(verdictOf([handed(1), handed(2)], [hard(1, 1)])).toMatchObject({ bouncedAt: null });
    expect(verdictOf([handed(1), handed(2)], [hard(1, 1), hard(2, 2)])).toMatchObject({ bouncedAt: at(2) });
    expect(verdictOf([handed(1), handed(2)], [hard(1, 1), delivery(2, 2)])).toMatchObject({
      deliveredAt: at(2),
    });
  });

  it('has come back when the only other try is one that nobody knows of', () => {
    const tries: Handed[] = [{ ...handed(1), outcome: 'unknown' }, handed(2)];
    expect(verdictOf(tries, [hard(2, 2)])).toMatchObject({ bouncedAt: at(2) });
  });

  it('ends the same in whatever order its receipts come, and however often', () => {
    const facts = fc.uniqueArray(
      fc
        .record<Fact>({
          id: fc.uuid(),
          attempt: fc.integer({ min: 1, max: 2 }),
          kind: fc.constantFrom('delivery', 'bounce', 'complaint'),
          bounceType: fc.constantFrom('hard', 'soft'),
          reason: fc.constantFrom('mailbox-full', 'no-such-mailbox'),
          occurredAt: fc.integer({ min: 0, max: 3 }).map(at),
        })
        .map((fact) => (fact.kind === 'bounce' ? fact : { ...fact, bounceType: null, reason: null })),
      { maxLength: 6, selector: ({ id }) => id },
    );
    const mixed = facts.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length })),
    );
    fc.assert(
      fc.property(mixed, ([all, again]) => {
        const tries = [handed(1), handed(2)];
        const verdict = verdictOf(tries, all);
        expect(verdictOf(tries.toReversed(), again)).toEqual(verdict);
        expect(verdict.deliveredAt !== null && verdict.bouncedAt !== null).toBe(false);
      }),
    );
  });
});

describe('a receipt', () => {
  it('is about the last try that had begun when the provider took the mail', () => {
    const tries = [handed(1, 10), handed(2, 20)];
    const attempt = (minute: number) =>
      attemptOf({ kind: 'bounce', occurredAt: at(59), sentAt: at(minute) }, tries, [], null)?.attempt;
    expect([attempt(5), attempt(15), attempt(20), attempt(30)]).toEqual([1, 1, 2, 2]);
    expect(attemptOf({ kind: 'bounce', occurredAt: at(15) }, tries, [], null)?.attempt).toBe(1);
    expect(attemptOf({ kind: 'bounce', occurredAt: at(15) }, [], [], null)).toBeUndefined();
  });

  it('is about the fallback when what came before it, which its clock would have it be, came back for good already', () => {
    const tries = [handed(1, 0), handed(2, 10)];
    const attempt = (one: Pick<Fact, 'kind' | 'occurredAt'> & { sentAt?: Date }, known = [hard(8)]) =>
      attemptOf(one, tries, known, at(9))?.attempt;
    const late = { kind: 'bounce', occurredAt: at(9) } as const;
    expect(attempt(late), 'a clock that is behind').toBe(2);
    expect(attempt({ ...late, occurredAt: at(4) }), 'further behind than clocks are').toBe(1);
    expect(attempt(late, [soft(8)]), 'it did not come back for good').toBe(1);
    expect(attempt({ ...late, kind: 'delivery' }), 'nobody is told by a guess').toBe(1);
    expect(attempt(late, [hard(8), delivery(11, 2)]), 'of the next it is known what became of it').toBe(1);
    expect(attempt({ ...late, sentAt: at(7) }), 'taken over before the first came back').toBe(1);
    expect(attempt({ ...late, sentAt: at(9) })).toBe(2);
  });

  it('is of no time at which it cannot have been', () => {
    const timeOf = (said: Date) => timeWithin(said, { openedAt: at(0) }, at(90));
    expect([timeOf(new Date(0)), timeOf(new Date('2099-01-01')), timeOf(at(30))]).toEqual([
      at(0),
      at(90),
      at(30),
    ]);
    expect(timeOf(at(-10)), 'clocks differ by minutes').toEqual(at(-10));
  });

  it('that decides nothing leaves the verdict as it was, whenever it came', () => {
    const facts = [delivery(1), hard(1), soft(2), complaint(3)];
    for (const one of facts)
      expect(verdictOf([handed(1)], [one, fact({ kind: 'notice', bounceType: null }, 9)])).toEqual(
        verdictOf([handed(1)], [one]),
      );
    expect(verdictOf([handed(1)], [fact({ kind: 'notice', bounceType: null }, 9)])).toEqual(
      verdictOf([handed(1)], []),
    );
  });
});

function handed(attempt: number, minute = 0): Handed {
  return { attempt, outcome: 'accepted', openedAt: at(minute) };
}

function fact(members: Pick<Fact, 'kind' | 'bounceType'>, minute: number, attempt = 1): Fact {
  const id = `${members.kind}-${members.bounceType}-${minute}`;
  return { id, attempt, reason: null, occurredAt: at(minute), ...members };
}

function delivery(minute: number, attempt?: number): Fact {
  return fact({ kind: 'delivery', bounceType: null }, minute, attempt);
}

function hard(minute: number, attempt?: number): Fact {
  return fact({ kind: 'bounce', bounceType: 'hard' }, minute, attempt);
}

function soft(minute: number): Fact {
  return fact({ kind: 'bounce', bounceType: 'soft' }, minute);
}

function complaint(minute: number): Fact {
  return fact({ kind: 'complaint', bounceType: null }, minute);
}
