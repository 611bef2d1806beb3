/** What ends a local part, going back from its @: it may be almost anything, as it may in what we take for an address. */
const NO_LOCAL = /[\s<>",;:@]/;
/** What ends a host. In JSON a backslash may stand behind it. */
const NO_HOST = /[\s<>"'(),;:@[\]{}\\]/;

/**
 * Takes every e-mail address out of a text. Relays like to quote the recipient in their answers.
 *
 * Each @ is looked at from where it stands, and no further than the next: time grows with the length of the text, and no
 * pattern runs over more than a character. One over all of it is at the mercy of whoever writes a run of megabytes.
 */
export function withoutAddresses(text: string): string {
  let kept = '';
  let from = 0;
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    const start = localFrom(text, at, from);
    const end = hostUntil(text, at + 1);
    if (start === at || end === at + 1) continue;
    kept += `${text.slice(from, start)}[address]`;
    from = end;
  }
  return kept + text.slice(from);
}

function localFrom(text: string, at: number, from: number): number {
  // "ana (x)"@example.org
  const quote = text.charAt(at - 1) === '"' ? text.lastIndexOf('"', at - 2) : -1;
  if (quote >= from) return quote;
  let start = at;
  while (start > from && !NO_LOCAL.test(text.charAt(start - 1))) start -= 1;
  return start;
}

function hostUntil(text: string, begin: number): number {
  const literal = /^\[[\w.:]{1,60}\]/.exec(text.slice(begin, begin + 62));
  if (literal) return begin + literal[0].length;
  let end = begin;
  while (end < text.length && !NO_HOST.test(text.charAt(end))) end += 1;
  return end;
}
