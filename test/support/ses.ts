import { execFileSync } from 'node:child_process';
import { createSign, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { signedText } from '../../libs/notifications/src/receipts/sns.envelope.js';
import type { SnsEnvelope } from '../../libs/notifications/src/receipts/sns.envelope.js';
import { ownFolder } from './servers.js';

const DOMAIN = 'return-receipt.example.org';

export const TOPIC = 'arn:aws:sns:us-west-2:123456789012:mail-receipts';

/** A mail of ours, as a receipt names it, and the address that SES quotes wherever it can. */
export interface SentMail {
  id: string;
  email: string;
}

export interface SaidOptions {
  at?: Date;
  /** The provider's id. Default: one that nobody else has. */
  feedbackId?: string;
  /** Null: SES was not told to include the headers. */
  messageId?: string | null;
}

/** What SES publishes of a hard bounce; with another type and sub-type, of any. */
export function sesBounce(
  sent: SentMail,
  { type = 'Permanent', subType = 'General', status = '5.1.1', ...options }: BounceOptions = {},
): string {
  const timestamp = (options.at ?? new Date()).toISOString();
  const diagnosticCode = `smtp; 550 ${status} <${sent.email}>: no, ${sent.email} is not here`;
  return JSON.stringify({
    notificationType: 'Bounce',
    mail: mailOf(sent, options),
    bounce: {
      bounceType: type,
      bounceSubType: subType,
      bouncedRecipients: [{ emailAddress: sent.email, action: 'failed', status, diagnosticCode }],
      timestamp,
      feedbackId: options.feedbackId ?? randomUUID(),
      remoteMtaIp: '127.0.2.0',
      reportingMTA: 'dsn; a8-50.smtp-out.amazonses.com',
    },
  });
}

export interface BounceOptions extends SaidOptions {
  type?: string;
  subType?: string;
  status?: string;
}

/** A soft one. */
export function sesSoftBounce(sent: SentMail, options: SaidOptions = {}): string {
  return sesBounce(sent, { type: 'Transient', subType: 'MailboxFull', status: '4.2.2', ...options });
}

export function sesComplaint(sent: SentMail, options: SaidOptions = {}): string {
  return JSON.stringify({
    notificationType: 'Complaint',
    mail: mailOf(sent, options),
    complaint: {
      userAgent: 'AnyCompany Feedback Loop (V0.01)',
      complainedRecipients: [{ emailAddress: sent.email }],
      complaintFeedbackType: 'abuse',
      arrivalDate: (options.at ?? new Date()).toISOString(),
      timestamp: (options.at ?? new Date()).toISOString(),
      feedbackId: options.feedbackId ?? randomUUID(),
    },
  });
}

/** As an event, which has the same members under another name. */
export function sesDelivery(sent: SentMail, options: SaidOptions = {}): string {
  return JSON.stringify({
    eventType: 'Delivery',
    mail: mailOf(sent, options),
    delivery: {
      timestamp: (options.at ?? new Date()).toISOString(),
      processingTimeMillis: 546,
      recipients: [sent.email],
      smtpResponse: `250 ok: <${sent.email}> accepted`,
      reportingMTA: 'a8-70.smtp-out.amazonses.com',
    },
  });
}

function mailOf({ id, email }: SentMail, { messageId = `<${id}@${DOMAIN}>`, feedbackId, at }: SaidOptions) {
  const headers = [
    { name: 'From', value: 'Tax Filing <no-reply@example.org>' },
    { name: 'To', value: email },
    ...(messageId === null ? [] : [{ name: 'Message-ID', value: messageId }]),
  ];
  return {
    timestamp: (at ?? new Date()).toISOString(),
    source: 'Tax Filing <no-reply@example.org>',
    messageId: `0100017b${feedbackId ?? id}`,
    destination: [email],
    headersTruncated: false,
    ...(messageId === null ? {} : { headers }),
    commonHeaders: { from: ['no-reply@example.org'], to: [email] },
  };
}

/** The mail that a relay sends back (RFC 3464), as Postfix writes it. */
export function dsn({ id, email }: SentMail, { action = 'failed', status = '5.1.1' } = {}): string {
  return [
    'Return-Path: <>',
    'From: MAILER-DAEMON@mx.example.net (Mail Delivery System)',
    'To: no-reply@example.org',
    'Subject: Undelivered Mail Returned to Sender',
    `Message-Id: <${randomUUID()}@mx.example.net>`,
    `Date: ${new Date().toUTCString()}`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status;',
    '\tboundary="4F2.1765/mx.example.net"',
    '',
    '--4F2.1765/mx.example.net',
    'Content-Type: text/plain; charset=us-ascii',
    '',
    `<${email}>: host mail.example.com said: 550 ${status} no such user`,
    '',
    '--4F2.1765/mx.example.net',
    'Content-Description: Delivery report',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example.net',
    `X-Postfix-Sender: rfc822; no-reply@example.org`,
    '',
    `Final-Recipient: rfc822; ${email}`,
    `Action: ${action}`,
    `Status: ${status}`,
    `Diagnostic-Code: smtp; 550 ${status} <${email}>:`,
    '    Recipient address rejected',
    '',
    '--4F2.1765/mx.example.net',
    'Content-Type: text/rfc822-headers',
    '',
    `To: ${email}`,
    `Message-ID: <${id}@${DOMAIN}>`,
    '',
    '--4F2.1765/mx.example.net--',
    '',
  ].join('\r\n');
}

/** SNS as far as a receiver sees it: a certificate in a folder, and envelopes signed with its key. */
export class FakeSns {
  private constructor(
    /** For SNS_CERTIFICATES. */
    readonly folder: string,
    private readonly key: string,
  ) {}

  static start(): FakeSns {
    const folder = join(ownFolder('sns'), 'certificates');
    mkdirSync(folder, { recursive: true });
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, CERTIFICATE)];
    const made = ['-keyout', key, '-out', certificate, '-subj', '/CN=sns.amazonaws.com', '-days', '2'];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...made], { stdio: 'ignore' });
    return new FakeSns(folder, readFileSync(key, 'utf8'));
  }

  /** An envelope as SNS makes it; with members that are wrong but signed, for who wants to know. */
  envelope(message: string, members: Partial<SnsEnvelope> = {}): SnsEnvelope {
    const unsigned: SnsEnvelope = {
      Type: 'Notification',
      MessageId: randomUUID(),
      TopicArn: TOPIC,
      Message: message,
      Timestamp: new Date().toISOString(),
      SignatureVersion: '2',
      Signature: '',
      SigningCertURL: `https://sns.us-west-2.amazonaws.com/${CERTIFICATE}`,
      ...members,
    };
    const algorithm = unsigned.SignatureVersion === '1' ? 'RSA-SHA1' : 'RSA-SHA256';
    return {
      ...unsigned,
      Signature: createSign(algorithm).update(signedText(unsigned), 'utf8').sign(this.key, 'base64'),
    };
  }

  /** Somebody subscribes us to a topic. */
  subscription(members: Partial<SnsEnvelope> = {}): SnsEnvelope {
    return this.envelope('You have chosen to subscribe to the topic.', {
      Type: 'SubscriptionConfirmation',
      Token: '2336412f37fb687f5d51e6e2425c464de257eb',
      SubscribeURL: `https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=2336412f37`,
      ...members,
    });
  }
}

const CERTIFICATE = 'SimpleNotificationService-0123456789abcdef0123456789abcdef.pem';
