import { z } from 'zod';
import { isTooDeep, readJson, TOO_DEEP } from '#libs/platform/index.js';
import { instant } from '../terms/instants.js';
import { UnreadableMessage } from '../terms/entries.js';
import { bounceOf } from './bounce.rules.js';
import { diagnosticOf, mailNamedBy, NAMES_NO_MAIL, receiptId } from './receipt.js';
import type { ReadReceipt, Receipt, Refused } from './receipt.js';

const mail = z.object({
  messageId: z.string(),
  timestamp: instant.optional(),
  headers: z.array(z.object({ name: z.string(), value: z.string() })).optional(),
  commonHeaders: z.object({ messageId: z.string().optional() }).optional(),
});
type Mail = z.infer<typeof mail>;

const bounce = z.object({
  bounceType: z.string(),
  bounceSubType: z.string().optional(),
  timestamp: instant,
  feedbackId: z.string(),
  bouncedRecipients: z
    .array(z.object({ status: z.string().optional(), diagnosticCode: z.string().optional() }))
    .optional(),
});
const complaint = z.object({
  complaintSubType: z.string().nullish(),
  complaintFeedbackType: z.string().nullish(),
  timestamp: instant,
  feedbackId: z.string(),
});
const delivery = z.object({ timestamp: instant, smtpResponse: z.string().optional() });
const delay = z.object({
  timestamp: instant,
  delayedRecipients: z.array(z.object({ diagnosticCode: z.string().optional() })).optional(),
});
const reject = z.object({ reason: z.string().optional() });

/** A document of one type, under either name of the member that says so. */
const typed = (type: z.ZodType, members: z.ZodRawShape = {}) =>
  z.union([
    z.object({ notificationType: type, mail, ...members }),
    z.object({ notificationType: z.never().optional(), eventType: type, mail, ...members }),
  ]);

/** What SES sends once, when somebody sets it up: a document without a mail, or no more than a sentence. */
const setUpNote = z.union([
  z.object({ notificationType: z.literal('AmazonSnsSubscriptionSucceeded') }),
  z.string().regex(/^\s*Successfully validated SNS topic for Amazon SES\b/),
]);

/** Events that are no word on what became of a mail. */
const OF_NO_CONSEQUENCE = ['Send', 'Rendering Failure', 'Subscription', 'Open', 'Click'] as const;

const UNKNOWN_ACTION = {
  refused: 'unknown-action',
  detail: 'SES says of the mail what it does not document, so nobody can tell what became of it.',
} as const;

/** What is read of SES, for those who write it: what makes a receipt, and what is known to be of no consequence. */
export const sesDocument = z.union([
  typed(z.literal('Bounce'), { bounce }),
  typed(z.literal('Complaint'), { complaint }),
  typed(z.literal('Delivery'), { delivery }),
  typed(z.literal('Reject'), { reject }),
  setUpNote,
  typed(z.literal('DeliveryDelay'), { deliveryDelay: delay }),
  typed(z.enum(OF_NO_CONSEQUENCE)),
]);

/** What of a receipt remains to be said once it is known which mail it is about. */
type Said = Omit<Receipt, 'notificationId' | 'sentAt'>;

/** What stands in a message of SES: JSON, or a sentence by itself. @throws UnreadableMessage when it is neither, or nested too deeply. */
export function sesDocumentIn(text: string): unknown {
  if (setUpNote.safeParse(text).success) return text;
  let document: unknown;
  try {
    document = readJson(text);
  } catch {
    // Parser messages quote the text, which may hold an address: only the fact is kept.
    throw new UnreadableMessage('The message is not JSON');
  }
  if (isTooDeep(document)) throw new UnreadableMessage(`The message ${TOO_DEEP}`);
  return document;
}

/**
 * Reads what SES publishes of a mail: feedback notifications (`notificationType`) and events (`eventType`). Addresses, of
 * which it is full, are not even looked at.
 * @param beside the mail that counts where the document names none.
 * @throws UnreadableMessage when it is not of SES, or not as SES documents it.
 */
export function readSes(
  document: unknown,
  domain: string,
  beside: { notificationId: string } | Refused = NAMES_NO_MAIL,
): ReadReceipt {
  if (setUpNote.safeParse(document).success) return { unheeded: 'set-up-note' };
  const frame = z
    .looseObject({ notificationType: z.string().optional(), eventType: z.string().optional(), mail })
    .safeParse(document);
  const type = frame.data?.notificationType ?? frame.data?.eventType;
  if (!frame.success || type === undefined)
    throw new UnreadableMessage('The message is no receipt as SES sends them');
  if (OF_NO_CONSEQUENCE.some((one) => one === type)) return { unheeded: 'of-no-consequence' };
  const said = saidOf(type, frame.data);
  const messageId = messageIdOf(frame.data.mail);
  if (messageId !== undefined && isOfTestMail(messageId, domain)) return { unheeded: 'test-mail' };
  const named = messageId === undefined ? beside : mailNamedBy([messageId], domain);
  if ('refused' in named) return named;
  const { notificationId } = named;
  if (said === undefined) return { ...UNKNOWN_ACTION, notificationId };
  return { receipt: { ...said, notificationId, sentAt: frame.data.mail.timestamp } };
}

/** Sent from the preview pages: nobody is told anything by it. */
function isOfTestMail(messageId: string, domain: string): boolean {
  return /^<?test-/.test(messageId) && messageId.includes(`@${domain}`);
}

/** SES gives the mail a Message-ID of its own; ours is among the original headers. */
function messageIdOf({ headers = [], commonHeaders }: Mail): string | undefined {
  const header = headers.find(({ name }) => name.toLowerCase() === 'message-id');
  return header?.value ?? commonHeaders?.messageId;
}

function saidOf(type: string, document: { mail: Mail } & Record<string, unknown>): Said | undefined {
  switch (type) {
    case 'Bounce':
      return bounceSaid(read(bounce, document.bounce));
    case 'Complaint':
      return complaintSaid(read(complaint, document.complaint));
    case 'Delivery': {
      const { timestamp, smtpResponse } = read(delivery, document.delivery);
      const id = receiptId('ses', 'delivery', document.mail.messageId);
      return { id, kind: 'delivery', occurredAt: timestamp, diagnostic: diagnosticOf(smtpResponse) };
    }
    case 'Reject': {
      // SES took the mail over and will not send it on.
      const id = receiptId('ses', 'reject', document.mail.messageId);
      const diagnostic = diagnosticOf(read(reject, document.reject).reason);
      const occurredAt = document.mail.timestamp ?? new Date();
      return { id, kind: 'bounce', bounceType: 'soft', reason: 'content-refused', occurredAt, diagnostic };
    }
    case 'DeliveryDelay': {
      const { timestamp, delayedRecipients } = read(delay, document.deliveryDelay);
      const diagnostic = diagnosticOf(delayedRecipients?.[0]?.diagnosticCode);
      const id = receiptId('ses', 'delay', document.mail.messageId, timestamp.toISOString());
      return { id, kind: 'notice', reason: 'delayed', occurredAt: timestamp, diagnostic };
    }
    default:
      return undefined;
  }
}

function bounceSaid(said: z.infer<typeof bounce>): Said {
  const [recipient] = said.bouncedRecipients ?? [];
  return {
    id: receiptId('ses', said.feedbackId),
    kind: 'bounce',
    ...kindOfBounce(said, recipient?.status ?? '', recipient?.diagnosticCode ?? ''),
    occurredAt: said.timestamp,
    diagnostic: diagnosticOf(recipient?.diagnosticCode),
  };
}

function kindOfBounce(
  { bounceType, bounceSubType }: z.infer<typeof bounce>,
  status: string,
  diagnostic: string,
): Pick<Receipt, 'bounceType' | 'reason' | 'byWords'> {
  if (bounceType === 'Permanent')
    return {
      bounceType: 'hard',
      reason: bounceSubType?.includes('Suppress') ? 'suppressed-by-provider' : 'no-such-mailbox',
    };
  switch (bounceSubType) {
    case 'MailboxFull':
      return { bounceType: 'soft', reason: 'mailbox-full' };
    case 'MessageTooLarge':
      return { bounceType: 'soft', reason: 'too-large' };
    case 'ContentRejected':
    case 'AttachmentRejected':
      return { bounceType: 'soft', reason: 'content-refused' };
    default:
      // SES calls some permanent failures transient; the other server's own code counts.
      return bounceOf(status, diagnostic);
  }
}

function complaintSaid(said: z.infer<typeof complaint>): Said {
  const common = { id: receiptId('ses', said.feedbackId), occurredAt: said.timestamp };
  // Not a person's complaint: SES did not even try, for an earlier one's sake.
  if (said.complaintSubType === 'OnAccountSuppressionList')
    return { ...common, kind: 'bounce', bounceType: 'hard', reason: 'suppressed-by-provider' };
  return { ...common, kind: said.complaintFeedbackType === 'not-spam' ? 'delivery' : 'complaint' };
}

/** @throws UnreadableMessage */
function read<T extends z.ZodType>(schema: T, document: unknown): z.infer<T> {
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new UnreadableMessage('The message is no receipt as SES sends them');
}
