import type { Context } from '#libs/email/index.js';

/** Every text and number that stands in a context, however deep: what in a mail is not the template's own. */
export function valuesOf(context: unknown): string[] {
  if (typeof context === 'string') return context.trim() ? [context.replace(/\s+/g, ' ').trim()] : [];
  if (typeof context === 'number') return [String(context)];
  if (typeof context !== 'object' || context === null) return [];
  return Object.values(context).flatMap(valuesOf);
}

/** A text without the values that were put into it, so that only the template's own words are judged. */
export function withoutValues(text: string, context: Context, standIn = ''): string {
  const texts = valuesOf(context).filter((value) => !/^\d+$/.test(value));
  // Longest first: a short value may be part of a long one.
  return texts
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, value) => rest.replaceAll(value, standIn), text);
}
