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
    let start = at;
    while (start > from && !NO_LOCAL.test(text.charAt(start - 1))) start -= 1;
    let end = at + 1;
    while (end < text.length && !NO_HOST.test(text.charAt(end))) end += 1;
    if (start === at || end === at + 1) continue;
    kept += `${text.slice(from, start)}[address]`;
    from = end;
  }
  return kept + text.slice(from);
}
