import { expect, it } from 'vitest';
import fc from 'fast-check';
import { storable, unstorableIn } from './storable.js';

it.each([
  ['abc', 3, 'abc'],
  ['abcd', 3, 'abc'],
  ['ab🙂', 4, 'ab🙂'],
  ['ab🙂', 3, 'ab'],
  ['ab🙂🙂', 5, 'ab🙂'],
  ['a\u0000b', 3, 'ab'],
  ['a\ud83db', 3, 'a\ufffdb'],
  ['a\ude42', 2, 'a\ufffd'],
])('%j, of which %i are kept, is %j', (text, longest, kept) => {
  expect(storable(text, longest)).toBe(kept);
});

it('whatever it is given, Postgres and a mail can take what is kept, and what was fit already stays', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '🙂', '\u0000', '\ud83d', '\ude42', 'é') });
  fc.assert(
    fc.property(text, fc.nat(20), (given, longest) => {
      const kept = storable(given, longest);
      expect(kept).not.toMatch(/[\p{Cs}\0]/u);
      expect(kept.length).toBeLessThanOrEqual(longest);
      if (!/[\p{Cs}\0]/u.test(given) && given.length <= longest) expect(kept).toBe(given);
    }),
  );
});

it('finds what cannot be kept behind as many others as a body can hold', () => {
  const wide = Array.from<unknown>({ length: 400_000 }).fill(1);
  expect(unstorableIn([...wide, { note: 'a\0b' }])).toEqual([
    { path: [400_000, 'note'], message: 'holds a NUL, which cannot be kept' },
  ]);
});
