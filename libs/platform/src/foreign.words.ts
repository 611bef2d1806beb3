import { withoutAddresses } from './redact.js';
import { readable } from './readable.js';

/** What starts a new line, steers a terminal, turns the reading direction of the words around it, or is half a character. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\s\u202a-\u202e\u2066-\u2069]+/gu;

const LONGEST = 500;

/** A text as one line: each run of white space and of what nobody can read as a single space, none at its ends. */
export function onOneLine(text: string): string {
  return text.replace(UNPRINTABLE, ' ').trim();
}

/**
 * What another server said, fit to be kept and shown: without addresses, on one line, cut to 500 characters. Addresses
 * go first: what hides in the middle of one would leave its halves behind.
 */
export function foreignWords(text: string): string {
  return readable(onOneLine(withoutAddresses(text)), LONGEST);
}
