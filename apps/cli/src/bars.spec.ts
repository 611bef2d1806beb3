import { describe, expect, it } from 'vitest';
import { bar } from './bars.js';

describe('a bar of characters', () => {
  it.each([
    ['is nothing for none', 0, 5, ''],
    ['is whole for the most', 5, 5, '█'.repeat(24)],
    ['is as long as its part of the most', 1, 2, '█'.repeat(12)],
    ['ends with a part of a character', 1, 36, '▋'],
    ['is seen for one among a million', 1, 1_000_000, '▏'],
  ])('%s', (_what, count, most, drawn) => {
    expect(bar(count, most)).toBe(drawn);
  });

  it('is never shorter for a greater count, nor longer than the longest', () => {
    const lengths = Array.from({ length: 193 }, (_, count) => eighths(bar(count, 192)));
    expect(lengths).toEqual(Array.from({ length: 193 }, (_, count) => count));
  });
});

/** How long it is, read back. */
function eighths(drawn: string): number {
  return [...drawn].reduce((sum, character) => sum + '▏▎▍▌▋▊▉█'.indexOf(character) + 1, 0);
}
