import { describe, expect, it } from 'vitest';
import { READING, spanishSyllables } from './reading.formulas.js';

describe('syllables of Spanish', () => {
  it.each([
    ['sol', 1],
    ['casa', 2],
    ['declaración', 4],
    ['envía', 3],
    ['autoridad', 4],
    ['tributaria', 4],
    ['todavía', 4],
    ['que', 1],
    ['guitarra', 3],
    ['pingüino', 3],
    ['leer', 2],
    ['país', 2],
    ['ciudad', 2],
    ['estoy', 2],
    ['y', 1],
    ['reembolso', 4],
    ['averiguáis', 4],
  ])('%s has %i', (word, count) => {
    expect(spanishSyllables(word)).toBe(count);
  });
});

describe('how hard a text is', () => {
  const english = (text: string) => READING['en']!(text).value;
  const spanish = (text: string) => READING['es']!(text).value;

  it('is Flesch–Kincaid in English: six words, six syllables are below grade one', () => {
    // 0.39 × 6 + 11.8 × 1 − 15.59
    expect(english('The cat sat on the mat.')).toBe(-1.4);
    // 0.39 × 4 + 11.8 × 13/4 − 15.59
    expect(english('Administrative regulations apply universally.')).toBeGreaterThan(20);
  });

  it('is the INFLESZ scale in Spanish, on which more is easier', () => {
    // 206.835 − 62.3 × 8/4 − 4
    expect(spanish('La casa está cerrada.')).toBe(78.2);
    expect(READING['es']!('La casa está cerrada.').isEasy).toBe(true);
    expect(READING['es']!('Determinadas disposiciones administrativas requieren documentación.').isEasy).toBe(
      false,
    );
  });

  it('does not count headings and greetings, which would make every text look easy', () => {
    const sentence = 'You submitted your federal tax return and we handed it on to the tax authority.';
    expect(english(`Hello Ana,\n\nWhat we do\n${sentence}\n\nBy when\n`)).toBe(english(sentence));
  });
});
