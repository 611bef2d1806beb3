import { statusCodeWithin } from '#libs/email/index.js';
import { mailNamedBy } from './receipt.js';
import type { ReportMail } from './report.mail.js';

/** As ours look, with or without brackets; `test-…`, which a preview sends, is none. */
const OURS_OR_LIKE =
  /(?<![\w.+-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}@[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?/gi;

const NAMES_A_MAIL = /^[ \t>|*]{0,20}(?:original-)?message-id[ \t]{0,5}:/im;

/** Message-IDs are wherever the relay puts them: among the headers that it returns, in its words, or in what it answers to. */
export function mailQuotedIn({ fields, body }: ReportMail, domain: string) {
  const text = [...fields.values(), body].join('\n');
  // The report has a Message-ID of its own, which names no mail that it is about.
  return mailNamedBy(text.match(OURS_OR_LIKE) ?? [], domain, NAMES_A_MAIL.test(body));
}

/** A field of the header of a mail, however it is indented or quoted. */
const FIELD =
  /^[ \t>|*]{0,20}(?:received|return-path|delivered-to|message-id|dkim-signature|x-[a-z-]{1,40}|mime-version|from|to|subject|date|cc|content-type|content-transfer-encoding|user-agent|references|in-reply-to|reply-to|sender|arc-[a-z-]{1,40})[ \t]{0,5}:/i;
/** Those by which a quoted header is told from a summary of the mail for people. */
const TRACE =
  /^[ \t>|*]{0,20}(?:received|return-path|delivered-to|dkim-signature|x-[a-z-]{1,40}|mime-version|content-type|arc-[a-z-]{1,40})[ \t]{0,5}:/i;
/** What stands before a quoted mail. */
const BELOW = [
  /^[ \t-]{0,20}below (?:this line )?is (?:a copy|the)\b/i,
  /^[ \t>*|_=-]{0,80}(?:the )?(?:original|returned|unsent|rejected|failed|bounced) (?:message|mail|e-mail)\b(?!.{0,20}\bwas received)/i,
  /^[ \t>*|_=-]{0,80}(?:this is a copy of (?:the|your) message|included is a copy|message (?:headers?|text|contents?) follows?|the headers? of the original message|original message (?:headers?|follows))/i,
];

/** The words of the report alone, without the mail that it quotes: ours may speak of what is refused, too. */
export function wordsOf({ text }: Pick<ReportMail, 'text'>): string {
  const lines = text.slice(0, LONGEST).split('\n');
  const end = lines.findIndex(
    (line, at) => BELOW.some((words) => words.test(line)) || startsHeader(lines, at),
  );
  return (end < 0 ? lines : lines.slice(0, end)).join('\n').trim();
}

/** A line of the kind that only a header has, next to another of its lines. */
function startsHeader(lines: readonly string[], at: number): boolean {
  if (!FIELD.test(lines[at] ?? '')) return false;
  const block = lines.slice(at, at + 40);
  const length = block.findIndex((line) => /^[ \t>|*]{0,20}$/.test(line.slice(0, 30)));
  const fields = block.slice(0, length < 0 ? undefined : length).filter((line) => FIELD.test(line));
  return fields.length > 1 && fields.some((line) => TRACE.test(line));
}

const LONGEST = 32_768;

/** From the line on that gives a code, else all: what a person reads of it begins with what matters. */
export function tellingPart(words: string): string {
  const lines = words.split('\n');
  const at = lines.findIndex(
    (line) => /\b[45]\d\d[ -]/.test(line.slice(0, 500)) || statusCodeWithin(line.slice(0, 500)),
  );
  return lines.slice(Math.max(0, at)).join('\n').slice(0, 4_000);
}
