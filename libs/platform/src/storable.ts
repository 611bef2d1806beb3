/**
 * A text as Postgres and a mail take it. Both refuse halves of a character, which a cut in the middle of an emoji leaves behind, and
 * Postgres a NUL: whatever stood beside it would be lost with it.
 * @param longest characters that are kept, as JavaScript counts them. What would be cut in two is left out whole.
 */
export function storable(text: string, longest = Infinity): string {
  const kept = text.length > longest ? text.slice(0, longest).replace(/[\ud800-\udbff]$/, '') : text;
  // Halves become a mark that something was there.
  return Buffer.from(kept.replaceAll('\u0000', '')).toString();
}

/** Where in a value a text stands that neither Postgres nor a mail takes, and what is wrong with it. */
export interface Unstorable {
  path: (string | number)[];
  message: string;
}

/** Places that are named at most: whoever sends more of them mends them all alike. */
const MOST_NAMED = 100;

/**
 * Finds a NUL and halves of a character in whatever was read as JSON, a query or a form: in texts and in the names of members,
 * however deep: what is nested too deeply was left out before. Nothing else is looked at; bytes and streams are passed over.
 */
export function unstorableIn(value: unknown): Unstorable[] {
  const found: Unstorable[] = [];
  look(value, [], found);
  return found;
}

/** @param path of the value; one for all, since a body may have millions of places. */
function look(value: unknown, path: Unstorable['path'], found: Unstorable[]): void {
  if (found.length >= MOST_NAMED) return;
  if (typeof value === 'string') {
    const message = faultOf(value);
    if (message) found.push({ path: [...path], message });
  } else if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      path.push(index);
      look(value[index], path, found);
      path.pop();
    }
  } else if (isPlain(value)) {
    for (const name of Object.keys(value)) {
      const message = faultOf(name);
      // A name that cannot be kept cannot be pointed at either.
      if (message) found.push({ path: [...path], message: `has a member whose name ${message}` });
      path.push(name);
      if (!message) look(value[name], path, found);
      path.pop();
    }
  }
}

function faultOf(text: string): string | undefined {
  if (text.includes('\0')) return 'holds a NUL, which cannot be kept';
  return /\p{Cs}/u.test(text) ? 'holds half a character, which cannot be kept' : undefined;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
