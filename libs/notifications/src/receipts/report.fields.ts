import { readInstant } from '#libs/platform/index.js';

/** Fields of a header or of a group of a report, by name in lower case; of several the first. Their values are trimmed. */
export type Fields = Map<string, string>;

const NAME = /^[!-9;-~]{1,100}$/;

/** A field may go on in lines that begin with white space; before its colon some put a space. */
export function fieldsOf(text: string): Fields {
  const fields: Fields = new Map();
  for (const [name, value] of linesOf(text)) if (!fields.has(name)) fields.set(name, value);
  return fields;
}

/**
 * The groups of a report: the first is about the mail, each further one about a recipient. They stand apart by an empty line; where
 * that is missing, a field that comes again begins the next.
 */
export function groupsOf(text: string): Fields[] {
  return text.split(/\n[ \t]*\n/).flatMap((block) => {
    const groups: Fields[] = [new Map<string, string>()];
    for (const [name, value] of linesOf(block)) {
      if (groups.at(-1)?.has(name) && BEGINS_A_RECIPIENT.has(name)) groups.push(new Map());
      const group = groups.at(-1);
      if (!group?.has(name)) group?.set(name, value);
    }
    return groups.filter((group) => group.size > 0);
  });
}

const BEGINS_A_RECIPIENT = new Set(['original-recipient', 'final-recipient', 'action', 'status']);

function* linesOf(text: string): Generator<[name: string, value: string]> {
  for (const line of text.replace(/\n[ \t]+/g, ' ').split('\n')) {
    // No pattern over a line whose length nobody knows.
    const name = line
      .slice(0, Math.max(0, line.indexOf(':')))
      .slice(0, 200)
      .trim()
      .toLowerCase();
    if (NAME.test(name)) yield [name, line.slice(line.indexOf(':') + 1).trim()];
  }
}

/** The value of a field with a syntax, without the comments that RFC 5322 allows in it: in parentheses, one in another. */
export function withoutComments(value: string): string {
  let [kept, depth, isQuoted] = ['', 0, false];
  for (let at = 0; at < value.length; at++) {
    const sign = value[at] ?? '';
    if (sign === '\\') {
      if (depth === 0) kept += value.slice(at, at + 2);
      at++;
    } else if (sign === '"' && depth === 0) {
      isQuoted = !isQuoted;
      kept += sign;
    } else if (sign === '(' && !isQuoted) depth++;
    else if (sign === ')' && depth > 0) depth--;
    else if (depth === 0) kept += sign;
  }
  return kept.trim();
}

/** A zone at the end of a date (RFC 5322). */
const ZONE = /(?:[+-]\d{4}|\b(?:Z|UT|UTC|GMT|[ECMP][SD]T))\s*$/i;

/** The first of them that is a date; of UTC where it names no zone, whatever that of this machine is. */
export function dateOf(...texts: (string | undefined)[]): Date | undefined {
  return texts
    .map((text = '') => withoutComments(text.slice(0, 200)))
    .map((text) => readInstant(text) ?? new Date(withZone(text)))
    .find((date) => date.getUTCFullYear() >= 1900 && date.getUTCFullYear() < 10_000);
}

/** Nothing where no time of day is: without a zone a day alone would be that of this machine. */
function withZone(text: string): string {
  if (!/\d:\d\d/.test(text)) return '';
  return ZONE.test(text) ? text : `${text} +0000`;
}
