import { bounceOf, diagnosticOf, mailNamedBy, receiptId } from './receipt.js';
import type { ReadReceipt, Receipt } from './receipt.js';
import { dateOf, fieldsOf } from './report.mail.js';
import type { Fields, ReportMail } from './report.mail.js';

/**
 * Reads a delivery status notification (RFC 3464), the mail that a relay sends back. Only its delivery status is looked
 * at, and which mail of ours it is about; what else it quotes is not.
 * @param status the text of its part `message/delivery-status`.
 */
export function readDsn(mail: ReportMail, status: string, domain: string): ReadReceipt {
  const recipient = recipientOf(status);
  const said = recipient && saidOf(recipient);
  if (!recipient || !said) return { unheeded: 'of-no-consequence' };
  const named = mailNamedIn(mail, domain);
  if ('refused' in named) return named;
  const { notificationId } = named;
  const id = mail.fields.get('message-id');
  return {
    receipt: {
      id: id ? receiptId('dsn', id) : receiptId('dsn', status, notificationId),
      notificationId,
      ...said,
      occurredAt: dateOf(recipient.get('last-attempt-date'), mail.fields.get('date')) ?? new Date(),
      diagnostic: diagnosticOf(recipient.get('diagnostic-code')),
    },
  };
}

/** Undefined while the relay goes on trying, or when it has given the mail to another. */
function saidOf(recipient: Fields): Pick<Receipt, 'kind' | 'bounceType' | 'reason'> | undefined {
  switch (recipient.get('action')?.toLowerCase()) {
    case 'failed':
      return {
        kind: 'bounce',
        ...bounceOf(/\d\.\d{1,3}\.\d{1,3}/.exec(recipient.get('status') ?? '')?.[0] ?? ''),
      };
    case 'delivered':
      return { kind: 'delivery' };
    default:
      return undefined;
  }
}

/** The first group is about the mail, each further one about a recipient; our mails have one. */
function recipientOf(status: string): Fields | undefined {
  return status
    .split(/\n\s*\n/)
    .map(fieldsOf)
    .find((group) => group.has('action'));
}

/** Message-IDs are wherever the relay puts them: among the headers that it returns, or in what it answers to. */
function mailNamedIn({ fields, body }: ReportMail, domain: string) {
  const text = [...fields.values(), body].join('\n');
  const ids = text.match(/<[^\s<>@]+@[^\s<>]+>/g) ?? [];
  // The report has a Message-ID of its own, which names no mail that it is about.
  return mailNamedBy(ids, domain, /^message-id:/im.test(body));
}
