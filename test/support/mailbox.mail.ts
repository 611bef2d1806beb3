import { simpleParser, type ParsedMail } from 'mailparser';
import type { SMTPServerEnvelope } from 'smtp-server';

/** A mail as the server received it. */
export interface Mail {
  /** Recipients of the envelope. */
  to: string[];
  /** Sender of the envelope; empty for a bounce. */
  from: string;
  /** With its angle brackets; empty if there was none. */
  messageId: string;
  /** Decoded. */
  subject: string;
  /** Unfolded, names in lower case; several of one name are joined by a line feed. Not decoded. */
  headers: ReadonlyMap<string, string>;
  /** Every byte after DATA; empty when bodies are not kept. */
  raw: Buffer;
  /** Parts, texts and attachments. Rejects when bodies are not kept. */
  parse(): Promise<ParsedMail>;
}

/** Reads the headers now and the rest on demand. */
export function readMail(raw: Buffer, envelope: SMTPServerEnvelope, keepBody: boolean): Mail {
  const headers = readHeaders(raw);
  return {
    to: envelope.rcptTo.map(({ address }) => address),
    from: envelope.mailFrom ? envelope.mailFrom.address : '',
    messageId: headers.get('message-id') ?? '',
    subject: decodeWords(headers.get('subject') ?? ''),
    headers: keepBody ? headers : new Map(),
    raw: keepBody ? raw : Buffer.alloc(0),
    parse: () => (keepBody ? simpleParser(raw) : Promise.reject(new Error('this mailbox keeps no bodies'))),
  };
}

function readHeaders(raw: Buffer): Map<string, string> {
  const end = raw.indexOf('\r\n\r\n');
  const head = raw.toString('utf8', 0, end < 0 ? raw.length : end);
  const headers = new Map<string, string>();
  for (const line of head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const name = line.slice(0, colon).toLowerCase();
    const before = headers.get(name);
    const value = line.slice(colon + 1).trim();
    headers.set(name, before === undefined ? value : `${before}\n${value}`);
  }
  return headers;
}

/** RFC 2047 words, as a mailer writes subjects that are not plain ASCII. */
function decodeWords(value: string): string {
  return value
    .replace(/(=\?[^?]+\?[bq]\?[^?]*\?=)\s+(?==\?)/gi, '$1')
    .replace(/=\?([^?]+)\?([bq])\?([^?]*)\?=/gi, (_word, charset: string, kind: string, text: string) => {
      const bytes =
        kind.toLowerCase() === 'b'
          ? Buffer.from(text, 'base64')
          : Buffer.from(
              text
                .replaceAll('_', ' ')
                .replace(/=([0-9a-f]{2})/gi, (_hex, byte: string) => String.fromCharCode(parseInt(byte, 16))),
              'latin1',
            );
      return new TextDecoder(charset).decode(bytes);
    });
}
