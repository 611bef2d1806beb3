import { expect, it } from 'vitest';
import { ageInWords } from './time.words.js';

const NOW = new Date('2026-11-24T12:00:00Z');

it.each([
  [0, 'just now'],
  [999, 'just now'],
  [5_000, '5 s'],
  [725_000, '12 min 5 s'],
  [3_600_000, '1 h'],
  [3_605_000, '1 h'],
  [273_600_000, '3 d 4 h'],
  [-5_000, 'just now'],
])('%i ms ago is %s', (milliseconds, words) => {
  expect(ageInWords(new Date(NOW.getTime() - milliseconds), NOW)).toBe(words);
});
