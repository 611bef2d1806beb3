import { storable } from './storable.js';

/** The boundaries are the same in every language. */
const characters = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * A text as a person reads it, no longer than that: cut between what is one character to a reader, be it a family of emoji, a flag,
 * or a letter with its marks, which leaves out whole what would be cut in two. Only where the first of them alone is too long, it
 * is cut as {@link storable} cuts, so that something of it is left. As that besides.
 * @param longest as JavaScript counts.
 */
export function readable(text: string, longest: number): string {
  const whole = storable(text);
  if (whole.length <= longest) return whole;
  // Whether a character ends there shows in the one that follows, which may have two halves.
  const around = characters.segment(whole.slice(0, longest + 2)).containing(longest);
  return whole.slice(0, around?.index ?? longest) || storable(whole, longest);
}
