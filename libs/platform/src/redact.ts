/** An @, as it is and as URLs, HTML and JSON write it. */
const AT = /[@\uff20\ufe6b]|%(?:25)*40|&(?:#0*64|#[xX]0*40|commat);|\\u0040/g;

/** What ends a local part, going back from its @: it may be almost anything, as it may in what we take for an address. */
const NO_LOCAL = /[\s<>",;:@\uff20\ufe6b]/;
/** What ends a host. In JSON a backslash may stand behind it. */
const NO_HOST = /[\s<>"'(),;:@\uff20\ufe6b[\]{}\\]/;
/** What parts the fields of a URL: it ends both where the @ is escaped, since what is in the address is escaped then too. */
const NO_FIELD = /[/?#&=]/;
/** 192.0.2.1 and the like in brackets; the closing one may have been cut off. */
const LITERAL = /\[(?:[^[\]\\\n]{1,255}\]|[^[\]\\\s"<>,;]{1,255})/y;
/** What stands between two texts in JSON. */
const STRUCTURE = /^[\s:,[\]{}\\]*$/;

/**
 * Takes every e-mail address out of a text. Relays like to quote the recipient in their answers.
 *
 * Each @ is looked at from where it stands, and no further than the next; but a quoted local part may hold others, and reaches
 * back to its opening quote. Time grows with the length of the text, and no pattern runs over more than an address: one over all
 * of it is at the mercy of whoever writes a run of megabytes.
 */
export function withoutAddresses(text: string): string {
  const found: { start: number; end: number }[] = [];
  let before = { start: 0, behind: 0, isEscaped: false };
  const signs = text.matchAll(AT);
  for (let sign = signs.next(); !sign.done;) {
    const { index: at, 0: written } = sign.value;
    sign = signs.next();
    const behind = at + written.length;
    const isEscaped = written.length > 1;
    const own =
      openingQuote(text, at) ??
      localFrom(
        text,
        at,
        isEscaped ? before.behind : Math.max(before.behind, found.at(-1)?.end ?? 0),
        isEscaped,
      );
    // Within a field of a URL a quoted local part shows by no quote, so all of the field is one.
    const start = isEscaped && before.isEscaped && own === before.behind ? before.start : own;
    const end = hostUntil(text, behind, sign.done ? text.length : sign.value.index, isEscaped);
    before = { start, behind, isEscaped };
    if (start === at || end === behind) continue;
    // Those that stand in a quoted local part go with it.
    while ((found.at(-1)?.end ?? 0) > start) found.pop();
    found.push({ start, end });
  }
  let kept = '';
  let from = 0;
  for (const { start, end } of found) {
    kept += `${text.slice(from, start)}[address]`;
    from = end;
  }
  return kept + text.slice(from);
}

/** As JSON, and without the addresses of its texts. What is taken out of a text leaves the document around it whole. */
export function jsonWithoutAddresses(value: unknown): string {
  return JSON.stringify(value, (_name, one: unknown) =>
    typeof one === 'string' ? withoutAddresses(one) : one,
  );
}

/** Where the local part in front of an @ opens, if that is a quoted one: "ana (x)"@example.org. */
function openingQuote(text: string, at: number): number | undefined {
  const closing = at - 1;
  if (text.charAt(closing) !== '"') return undefined;
  const { period, rest } = plainQuotes(backslashesBefore(text, closing));
  for (let quote = text.lastIndexOf('"', closing - 1); quote >= 0; quote = text.lastIndexOf('"', quote - 1)) {
    const escapes = backslashesBefore(text, quote);
    if (escapes % period === rest)
      return STRUCTURE.test(text.slice(quote + 1, Math.min(closing, quote + 10)))
        ? undefined
        : quote - escapes;
    if (quote === 0) break;
  }
  return undefined;
}

/**
 * How many backslashes stand before the other quotes that mean what a closing one with this many means: an even number in plain text,
 * in JSON 4n + 1, in JSON within JSON 8n + 3. Others are escaped and part of the text.
 */
function plainQuotes(backslashes: number): { period: number; rest: number } {
  let period = 2;
  while (backslashes % period === period - 1) period *= 2;
  return { period, rest: period / 2 - 1 };
}

function backslashesBefore(text: string, index: number): number {
  let begin = index;
  while (text.charAt(begin - 1) === '\\') begin -= 1;
  return index - begin;
}

function localFrom(text: string, at: number, from: number, isEscaped: boolean): number {
  let start = at;
  while (start > from && !endsLocal(text.charAt(start - 1), isEscaped)) start -= 1;
  return start;
}

function endsLocal(character: string, isEscaped: boolean): boolean {
  return NO_LOCAL.test(character) || (isEscaped && NO_FIELD.test(character));
}

function hostUntil(text: string, begin: number, most: number, isEscaped: boolean): number {
  LITERAL.lastIndex = begin;
  if (LITERAL.test(text)) return LITERAL.lastIndex;
  let end = begin;
  while (end < most && !endsHost(text.charAt(end), isEscaped)) end += 1;
  return end;
}

function endsHost(character: string, isEscaped: boolean): boolean {
  return NO_HOST.test(character) || (isEscaped && NO_FIELD.test(character));
}
