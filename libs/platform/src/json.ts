/** Levels of lists and objects within each other that are read. */
const DEEPEST = 64;

/** What is wrong with what is nested deeper. */
export const TOO_DEEP = `is nested deeper than ${DEEPEST} levels`;

/** A list, so that what is written out again is too deep again, whoever reads it. */
const LEFT_OUT = '[]';

const tooDeep = new WeakSet<object>();

/**
 * Reads JSON of strangers, in time that grows with its length alone. What is nested too deeply for what walks through a value
 * (validation, hashing, writing it out) is left out, and whatever it stood in is {@link isTooDeep}. Of a list each entry is
 * counted by itself, so that one does not spoil its neighbours.
 * @throws SyntaxError when it is no JSON; its words quote the text.
 */
export function readJson(text: string): unknown {
  const shallow = withoutDepths(text);
  const value: unknown = JSON.parse(shallow ?? text);
  if (shallow !== undefined) mark(value, Array.isArray(value) ? 0 : 1);
  return value;
}

/** Was something left out of it that was nested too deeply? Known of what stands in the first levels of what was read. */
export function isTooDeep(value: unknown): boolean {
  return typeof value === 'object' && value !== null && tooDeep.has(value);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LIST_BEGINS = 0x5b;
const LIST_ENDS = 0x5d;
const OBJECT_BEGINS = 0x7b;
const OBJECT_ENDS = 0x7d;

/** The same text without what is too deep; undefined where nothing is. It counts brackets, and leaves grammar to the parser. */
function withoutDepths(text: string): string | undefined {
  const deepest = DEEPEST + (/^\s*\[/.test(text) ? 1 : 0);
  let level = 0;
  let kept = '';
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case LIST_BEGINS:
      case OBJECT_BEGINS:
        level += 1;
        if (level === deepest + 1) kept += text.slice(from, at) + LEFT_OUT;
        break;
      case LIST_ENDS:
      case OBJECT_ENDS:
        if (level === deepest + 1) from = at + 1;
        level -= 1;
    }
  }
  if (level > deepest) throw new SyntaxError('The JSON ends too early');
  return from > 0 ? kept + text.slice(from) : undefined;
}

function endOfString(text: string, begin: number): number {
  let at = text.indexOf('"', begin + 1);
  while (at !== -1 && isEscaped(text, at)) at = text.indexOf('"', at + 1);
  return at === -1 ? text.length : at;
}

function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text.charCodeAt(before) === BACKSLASH) before -= 1;
  return (at - before) % 2 === 0;
}

/** Levels down to which anybody asks: an entry of a list in the payload of a message is on the fourth. */
const ASKED = 5;

/** Marks what holds something too deep, where somebody may ask. It goes no deeper than one level more than is read. */
function mark(value: unknown, level: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  let isDeep = level > DEEPEST;
  for (const member of Object.values(value)) isDeep = mark(member, level + 1) || isDeep;
  if (isDeep && level <= ASKED) tooDeep.add(value);
  return isDeep;
}
