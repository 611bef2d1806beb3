import PostalMime, { decodeWords } from 'postal-mime';
import { UnreadableMessage } from '../terms/entries.js';
import type { Fields } from './report.fields.js';

/** A mail about another mail (RFC 6522), its parts decoded. Line feeds are bare. */
export interface ReportMail {
  /** What is for people is as they read it: words that a header has to encode (RFC 2047) are decoded. */
  fields: Fields;
  /** In their order. What a person is to read is not among them. */
  parts: Part[];
  /** What a person is to read. */
  text: string;
  /** All that it says and quotes, below its own header. */
  body: string;
}

interface Part {
  /** In lower case, without parameters: `message/delivery-status`. */
  type: string;
  text: string;
}

/** The types of the parts in which a mail comes back, whole or no more than its header. */
export const RETURNED_PARTS: readonly string[] = [
  'message/rfc822',
  'text/rfc822-headers',
  'message/global',
  'message/global-headers',
];

/** The library takes a kilobyte of memory a line. A mail of ours that is returned whole has some thousand. */
const MOST_LINES = 20_000;

/** In bytes, of all its headers together. Of groups of recipients the library's effort grows with the square. */
const LONGEST_HEADERS = 131_072;

/** In characters. More is not for people. */
const LONGEST_HTML = 50_000;
const LONGEST_FOR_PEOPLE = 2_000;

/** @throws UnreadableMessage when it is too much, or built to be so. */
export async function openReport(mail: string): Promise<ReportMail> {
  if (hasMoreLinesThan(MOST_LINES, mail))
    throw new UnreadableMessage(`The mail has more than ${MOST_LINES} lines`);
  const { headers, attachments, text = '', html = '' } = await parse(mail);
  const parts = attachments.map(({ mimeType, content }) => ({
    type: mimeType,
    text: typeof content === 'string' ? content.replaceAll('\r\n', '\n') : '',
  }));
  return {
    fields: new Map(headers.toReversed().map(({ key, value }) => [key, readable(key, value).trim()])),
    parts,
    text: wordsFor([text, withoutTags(html), belowHeader(mail)]).replaceAll('\r\n', '\n'),
    // Last as it came: of a mail that is not well made, parts may be lost.
    body: [text, html, ...parts.map((part) => part.text), belowHeader(mail)].join('\n'),
  };
}

function readable(key: string, value: string): string {
  return key === 'subject' || key === 'from' ? decodeWords(value.slice(0, LONGEST_FOR_PEOPLE)) : value;
}

/** The first that has any. */
function wordsFor(texts: readonly string[]): string {
  return texts.find((text) => text.trim() !== '') ?? '';
}

function belowHeader(mail: string): string {
  const at = /\r?\n\r?\n/.exec(mail)?.index;
  return at === undefined ? '' : mail.slice(at).trim();
}

/** Of what is nothing but HTML, the words: enough to look for phrases in. */
function withoutTags(html: string): string {
  return html
    .slice(0, LONGEST_HTML)
    .replace(/<(?:br|p|div|tr|li|h\d)\b[^>]{0,300}>/gi, '\n')
    .replace(/<[^>]{0,300}>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&amp;', '&');
}

/** Mails within the mail stay as they are: whose report it is, its own parts say. */
async function parse(mail: string) {
  try {
    return await PostalMime.parse(mail, {
      forceRfc822Attachments: true,
      attachmentEncoding: 'utf8',
      maxHeadersSize: LONGEST_HEADERS,
    });
  } catch {
    throw new UnreadableMessage('The mail is nested too deep, or has too long a header');
  }
}

function hasMoreLinesThan(most: number, text: string): boolean {
  let lines = 0;
  for (let at = text.indexOf('\n'); at !== -1 && lines <= most; at = text.indexOf('\n', at + 1)) lines++;
  return lines > most;
}
