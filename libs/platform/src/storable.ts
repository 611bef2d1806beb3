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
 * however deep. Nothing else is looked at; bytes and streams are passed over.
 */
export function unstorableIn(value: unknown): Unstorable[] {
  const found: Unstorable[] = [];
  const waiting: { value: unknown; path: Unstorable['path'] }[] = [{ value, path: [] }];
  for (let next = waiting.pop(); next && found.length < MOST_NAMED; next = waiting.pop()) {
    const { path } = next;
    if (typeof next.value === 'string') {
      const message = faultOf(next.value);
      if (message) found.push({ path, message });
    } else if (Array.isArray(next.value)) {
      for (const [index, one] of next.value.entries()) waiting.push({ value: one, path: [...path, index] });
    } else if (isPlain(next.value)) {
      for (const [name, one] of Object.entries(next.value)) {
        const message = faultOf(name);
        // A name that cannot be kept cannot be pointed at either.
        if (message) found.push({ path, message: `has a member whose name ${message}` });
        else waiting.push({ value: one, path: [...path, name] });
      }
    }
  }
  return found;
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
