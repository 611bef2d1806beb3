import PostalMime from 'postal-mime';
import { readInstant } from '#libs/platform/index.js';
import { UnreadableMessage } from '../terms/entries.js';

/** Fields of a header or of a group of a report, by name in lower case; of several the first. */
export type Fields = Map<string, string>;

/** A mail about another mail (RFC 6522), its parts decoded. Line feeds are bare. */
export interface ReportMail {
  fields: Fields;
  /** In their order. What a person is to read is not among them. */
  parts: Part[];
  /** All that it says and quotes, below its own header. */
  body: string;
}

interface Part {
  /** In lower case, without parameters: `message/delivery-status`. */
  type: string;
  text: string;
}

/** The library takes a kilobyte of memory a line. A mail of ours that is returned whole has some thousand. */
const MOST_LINES = 20_000;

/** In bytes, of all its headers together. Of groups of recipients the library's effort grows with the square. */
const LONGEST_HEADERS = 131_072;

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
    fields: new Map(headers.toReversed().map(({ key, value }) => [key, value])),
    parts,
    body: [text, html, ...parts.map((part) => part.text)].join('\n'),
  };
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

/** A field may go on in lines that begin with white space. */
export function fieldsOf(text: string): Fields {
  const fields: Fields = new Map();
  for (const line of text.replace(/\n[ \t]+/g, ' ').split('\n')) {
    // No pattern over a line whose length nobody knows.
    const name = line.slice(0, Math.max(0, line.indexOf(':'))).toLowerCase();
    if (/^[!-9;-~]{1,100}$/.test(name) && !fields.has(name))
      fields.set(name, line.slice(name.length + 1).trimStart());
  }
  return fields;
}

/** A zone at the end of a date (RFC 5322), perhaps with its name behind it. */
const ZONE = /(?:[+-]\d{4}|\b(?:Z|UT|UTC|GMT|[ECMP][SD]T))\s*(?:\([^()]{0,40}\))?\s*$/i;

/** The first of them that is a date; of UTC where it names no zone, whatever that of this machine is. */
export function dateOf(...texts: (string | undefined)[]): Date | undefined {
  return texts
    .map((text = '') => readInstant(text) ?? new Date(withZone(text)))
    .find((date) => date.getUTCFullYear() >= 1900 && date.getUTCFullYear() < 10_000);
}

/** Nothing where no time of day is: without a zone a day alone would be that of this machine. */
function withZone(text: string): string {
  if (!/\d:\d\d/.test(text)) return '';
  return ZONE.test(text) ? text : `${text} +0000`;
}
