import { createVerify } from 'node:crypto';
import { z } from 'zod';

/** What SNS wraps around a message, and what it sends when somebody subscribes a topic. */
export const snsEnvelope = z.object({
  Type: z.enum(['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation']),
  MessageId: z.string(),
  TopicArn: z.string(),
  Message: z.string(),
  Timestamp: z.string(),
  Subject: z.string().nullish(),
  Token: z.string().optional(),
  SubscribeURL: z.string().optional(),
  SignatureVersion: z.enum(['1', '2']),
  Signature: z.string(),
  SigningCertURL: z.string(),
});
export type SnsEnvelope = z.infer<typeof snsEnvelope>;

/** Whether a document means to be an envelope, however well it succeeds. */
export function looksEnveloped(document: unknown): boolean {
  return z.looseObject({ Type: z.string(), TopicArn: z.string() }).safeParse(document).success;
}

const signed = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: [
    'Message',
    'MessageId',
    'SubscribeURL',
    'Timestamp',
    'Token',
    'TopicArn',
    'Type',
  ],
  UnsubscribeConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
} as const satisfies Record<SnsEnvelope['Type'], (keyof SnsEnvelope)[]>;

/** The text that SNS signs: each member that is there, its name and its value on a line each. */
export function signedText(envelope: SnsEnvelope): string {
  return signed[envelope.Type]
    .filter((name) => envelope[name] !== undefined && envelope[name] !== null)
    .map((name) => `${name}\n${envelope[name]}\n`)
    .join('');
}

/** @param certificate as PEM. False also for a certificate that is none. */
export function isSignedBy(envelope: SnsEnvelope, certificate: string): boolean {
  const algorithm = envelope.SignatureVersion === '1' ? 'RSA-SHA1' : 'RSA-SHA256';
  try {
    return createVerify(algorithm)
      .update(signedText(envelope), 'utf8')
      .verify(certificate, envelope.Signature, 'base64');
  } catch {
    return false;
  }
}

/** As regions are named (`us-gov-west-1`), and so no host of a bucket or of another service; those of China have a domain of their own. */
const HOST =
  /^sns\.(?:(?!cn-)[a-z]{2}(?:-[a-z]+){1,2}-\d{1,2}\.amazonaws\.com|cn-[a-z]+-\d{1,2}\.amazonaws\.com\.cn)$/;

/** Only a host of SNS itself: a message could name any other as the one to believe. */
export function isOfSns(text: string): boolean {
  const url = urlOf(text);
  return (
    url?.protocol === 'https:' &&
    HOST.test(url.hostname) &&
    `${url.port}${url.username}${url.password}` === ''
  );
}

/** The file name of a certificate of SNS. Undefined when the URL leads elsewhere. */
export function certificateNameOf(text: string): string | undefined {
  const [, name] =
    /^\/(SimpleNotificationService-[0-9A-Za-z]+\.pem)$/.exec(urlOf(text)?.pathname ?? '') ?? [];
  return isOfSns(text) ? name : undefined;
}

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
