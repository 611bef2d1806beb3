import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readable } from './readable.js';
import { storable } from './storable.js';

const FAMILY = '👩‍👩‍👧';

it.each([
  ['abc', 3, 'abc'],
  ['abcd', 3, 'abc'],
  [`${'a'.repeat(999)}😀b`, 1000, 'a'.repeat(999)],
  [`ab${FAMILY}c`, 2 + FAMILY.length, `ab${FAMILY}`],
  [`ab${FAMILY}c`, 1 + FAMILY.length, 'ab'],
  [`ab${FAMILY}c`, 4, 'ab'],
  ['cafe\u0301s', 4, 'caf'],
  ['cafe\u0301s', 5, 'cafe\u0301'],
  ['🇪🇸🇲🇽', 6, '🇪🇸'],
  ['👍🏽!', 2, '👍'],
  ['👍!', 1, ''],
  [`e${'\u0301'.repeat(1_200)} important`, 1_000, `e${'\u0301'.repeat(999)}`],
  ['a\r\nb', 2, 'a'],
  ['नमस्ते', 3, 'नम'],
  ['a\u0000b\ud83d', 2, 'ab'],
])('%j, of which %i may be kept, is %j', (text, longest, kept) => {
  expect(readable(text, longest)).toBe(kept);
});

const whole = new Intl.Segmenter('en', { granularity: 'grapheme' });

it('is the longest beginning that fits and cuts no character in two but one that alone is too long, whatever the text', () => {
  const units = [
    'a',
    '\u0301',
    '😀',
    '\u200d',
    '🏽',
    '🇪',
    '🇸',
    '\r',
    '\n',
    'क',
    '्',
    'ष',
    '한',
    '\u1161',
    ' ',
    '\ufe0f',
  ];
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom(...units), maxLength: 30 }),
    fc.string({ unit: 'grapheme', maxLength: 30 }),
  );
  fc.assert(
    fc.property(text, fc.nat(40), (given, longest) => {
      let expected = '';
      for (const { segment } of whole.segment(given)) {
        if (expected.length + segment.length > longest) break;
        expected += segment;
      }
      expect(readable(given, longest)).toBe(expected || storable(given, longest));
    }),
    { numRuns: 2_000 },
  );
});
