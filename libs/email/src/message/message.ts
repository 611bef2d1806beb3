import { headerValue } from './header.js';
import { quotedPrintable } from './quoted.printable.js';

/** A mail, ready to go. */
export interface OutgoingMail {
  /** The same for every try of one notification, so that a double can be recognised. */
  messageId: string;
  to: string;
  language: string;
  subject: string;
  html: string;
  text: string;
}

/** Between the parts. No part can contain it: in quoted-printable two hexadecimal digits or a line break follow a `=`. */
const BOUNDARY = '=_return-receipt';

/**
 * The bytes of a mail, those that a relay gets and those that are shown: a head, the text, the HTML. Each line ends with CRLF, is no longer
 * than 76 characters where it can be broken, and begins with no dot. They are the same each time but for the date.
 */
export function toBytes(mail: OutgoingMail, from: string, date = new Date()): Buffer {
  const head = [
    `From: ${headerValue('From', from)}`,
    `To: ${headerValue('To', mail.to)}`,
    `Subject: ${headerValue('Subject', mail.subject)}`,
    `Message-ID: <${mail.messageId}>`,
    `Date: ${date.toUTCString().replace('GMT', '+0000')}`,
    `Content-Language: ${mail.language}`,
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    `Content-Type: multipart/alternative; boundary="${BOUNDARY}"`,
    '',
    '',
  ];
  return Buffer.concat([
    Buffer.from(head.join('\r\n')),
    ...partOf('plain', mail.text),
    ...partOf('html', mail.html),
    Buffer.from(`--${BOUNDARY}--\r\n`),
  ]);
}

function partOf(kind: 'plain' | 'html', text: string): Buffer[] {
  return [PART_HEADS[kind], quotedPrintable(text), LINE_BREAK];
}

const PART_HEADS = { plain: partHead('plain'), html: partHead('html') };
const LINE_BREAK = Buffer.from('\r\n');

function partHead(kind: string): Buffer {
  return Buffer.from(
    `--${BOUNDARY}\r\nContent-Type: text/${kind}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n`,
  );
}
