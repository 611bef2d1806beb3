import { mailNamedBy, receiptId } from './receipt.js';
import type { ReadReceipt } from './receipt.js';
import { dateOf, fieldsOf } from './report.mail.js';
import type { ReportMail } from './report.mail.js';

/** Of the other types, `not-spam` is none of a complaint, and `auth-failure` (RFC 6591) none of a person. */
const COMPLAINTS = ['abuse', 'fraud', 'virus', 'other'];

const RETURNED = ['message/rfc822', 'text/rfc822-headers'];

/**
 * Reads a complaint as feedback loops send it (ARF, RFC 5965). The mail is named by the header that is returned, and by
 * nothing else that the report says.
 * @param feedback the text of its part `message/feedback-report`.
 */
export function readArf(mail: ReportMail, feedback: string, domain: string): ReadReceipt {
  const said = fieldsOf(feedback);
  const type = said.get('feedback-type')?.trim().toLowerCase() ?? '';
  if (!COMPLAINTS.includes(type)) return { unheeded: 'of-no-consequence' };
  const named = mailNamedBy(returnedIdsOf(mail), domain);
  if ('refused' in named) return named;
  const { notificationId } = named;
  const id = mail.fields.get('message-id');
  return {
    receipt: {
      id: id ? receiptId('arf', id) : receiptId('arf', feedback, notificationId),
      notificationId,
      kind: 'complaint',
      occurredAt: dateOf(said.get('arrival-date'), mail.fields.get('date')) ?? new Date(),
    },
  };
}

/** Of a mail that is returned whole, the header alone. */
function returnedIdsOf({ parts }: ReportMail): string[] {
  return parts
    .filter(({ type }) => RETURNED.includes(type))
    .flatMap(({ text }) => fieldsOf(text.split(/\n[ \t]*\n/, 1)[0] ?? '').get('message-id') ?? []);
}
