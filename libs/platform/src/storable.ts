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
