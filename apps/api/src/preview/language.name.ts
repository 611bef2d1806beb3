/** Node looks for each of them anew, for half a millisecond, and a page names one for every mail. Somebody may ask for any code. */
const known = new Map<string, string>();
const REMEMBERED = 100;

/** `es` → `Español`: a language in its own words, as whoever wants it looks for it. */
export function languageName(code: string): string {
  const before = known.get(code);
  if (before !== undefined) return before;
  if (known.size >= REMEMBERED) known.clear();
  const name = nameOf(code);
  known.set(code, name);
  return name;
}

function nameOf(code: string): string {
  try {
    const name = new Intl.DisplayNames([code], { type: 'language' }).of(code) ?? code;
    return name.charAt(0).toLocaleUpperCase(code) + name.slice(1);
  } catch {
    return code;
  }
}
