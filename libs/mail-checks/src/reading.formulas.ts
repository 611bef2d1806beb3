import { syllable } from 'syllable';

/** How hard a text is to read, in a language's own terms. */
export interface ReadingScore {
  /** The number itself, one digit behind the point. */
  value: number;
  /** What the number is, for people. */
  label: string;
  isEasy: boolean;
}

/**
 * Flesch–Kincaid grade level (Kincaid, Fishburne, Rogers, Chissom: Derivation of new readability formulas, 1975): years of
 * school that a text asks for. Eight is what plain-language guides ask of a text for everybody.
 */
function english(text: string): ReadingScore {
  const { words, sentences } = parts(text);
  const syllables = words.reduce((sum, word) => sum + Math.max(syllable(word), 1), 0);
  const grade = 0.39 * (words.length / sentences) + 11.8 * (syllables / words.length) - 15.59;
  return score(grade, (value) => [`grade ${value} by Flesch–Kincaid, at most 8`, value <= 8]);
}

/**
 * Szigriszt-Pazos' perspicuity (1993) on the INFLESZ scale (Barrio-Cantalejo et al., Validación de la escala INFLESZ,
 * An. Sist. Sanit. Navar. 31(2), 2008): 55 to 65 is "normal" and the least for texts to the public, 65 to 80 "quite easy",
 * the reading of primary school and popular press.
 */
function spanish(text: string): ReadingScore {
  const { words, sentences } = parts(text);
  const syllables = words.reduce((sum, word) => sum + spanishSyllables(word), 0);
  const ease = 206.835 - 62.3 * (syllables / words.length) - words.length / sentences;
  return score(ease, (value) => [
    `${value} on the INFLESZ scale, at least ${SPANISH_EASY}`,
    value >= SPANISH_EASY,
  ]);
}

const SPANISH_EASY = 65;

/** By language code; of other languages no formula is known to us. */
export const READING: Readonly<Record<string, (text: string) => ReadingScore>> = { en: english, es: spanish };

/**
 * Syllables of a Spanish word: its vowel groups, where two strong vowels, or a weak one with an accent beside a strong
 * one, are two.
 */
export function spanishSyllables(word: string): number {
  const sounds = word
    .toLowerCase()
    .normalize('NFC')
    .replace(/qu(?=[eiéí])|gu(?=[eiéí])/g, 'g')
    .replace(/y$/, 'i');
  const groups = sounds.match(/[aeiouáéíóúü]+/g) ?? [];
  const breaks = groups.flatMap((group) => group.match(/[aeoáéóíú](?=[aeoáéóíú])|[íú](?=[aeo])/g) ?? []);
  return Math.max(groups.length + breaks.length, 1);
}

/**
 * Sentences end with their mark or with the line. What has no mark at its end is no sentence but a heading, a greeting or
 * an address: to count it would make every text look easier than it is.
 */
function parts(text: string): { words: string[]; sentences: number } {
  const lines = text.split('\n').filter((line) => /[.!?…][”"')]?\s*$/.test(line));
  const sentences = lines
    .flatMap((line) => line.split(/[.!?…]+[”"')]?(?:\s|$)/))
    .filter((part) => /\p{L}/u.test(part));
  const words = sentences.flatMap((sentence) => sentence.match(/\p{L}[\p{L}’'-]*/gu) ?? []);
  return { words: words.length > 0 ? words : ['a'], sentences: Math.max(sentences.length, 1) };
}

function score(exact: number, judge: (value: number) => [string, boolean]): ReadingScore {
  const value = Math.round(exact * 10) / 10;
  const [label, isEasy] = judge(value);
  return { value, label, isEasy };
}
