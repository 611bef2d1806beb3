import type { SendMailOptions } from 'nodemailer';
import MailComposer from 'nodemailer/lib/mail-composer';

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

/** What a mail consists of, for Nodemailer: the one place that says so, for what is sent and for what is shown. */
export function messageOf(mail: OutgoingMail, from: string) {
  return {
    messageId: `<${mail.messageId}>`,
    from,
    to: { name: '', address: mail.to },
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': mail.language },
    // As on the wire, so that a message written to a file has the very bytes that a relay gets.
    newline: 'windows',
  } satisfies SendMailOptions;
}

/** The bytes that a relay gets; boundary and date are new each time, as they are when it is sent. */
export function toBytes(mail: OutgoingMail, from: string): Promise<Buffer> {
  return new MailComposer(messageOf(mail, from)).compile().build();
}
