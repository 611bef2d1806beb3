import { isOfOthers, mailNamedBy, receiptId } from './receipt.js';
import type { ReadReceipt } from './receipt.js';
import { dateOf, fieldsOf, withoutComments } from './report.fields.js';
import { RETURNED_PARTS } from './report.mail.js';
import type { ReportMail } from './report.mail.js';

/** Of the other types, `not-spam` is none of a complaint, and `auth-failure` (RFC 6591) none of a person. */
const COMPLAINTS = ['abuse', 'fraud', 'virus', 'other'];

/**
 * Reads a complaint as feedback loops send it (ARF, RFC 5965). The mail is named by the header that is returned, and by
 * nothing else that the report says.
 * @param feedback the text of its part `message/feedback-report`.
 */
export function readArf(mail: ReportMail, feedback: string, domain: string): ReadReceipt {
  const said = fieldsOf(feedback);
  const isComplaint = COMPLAINTS.includes(withoutComments(said.get('feedback-type') ?? '').toLowerCase());
  const named = mailNamedBy(returnedIdsOf(mail), domain);
  if ('refused' in named)
    return isComplaint || !isOfOthers(named) ? named : { unheeded: 'of-no-consequence' };
  const { notificationId } = named;
  const kind = isComplaint ? 'complaint' : 'notice';
  return {
    receipt: {
      // Whoever sends reports may give all of them one Message-ID, and those of two tries differ in nothing but what they say.
      id: receiptId('arf', mail.fields.get('message-id') ?? '', feedback, notificationId),
      notificationId,
      kind,
      ...(isComplaint ? {} : { reason: 'remarked' }),
      occurredAt: dateOf(said.get('arrival-date'), mail.fields.get('date')) ?? new Date(),
    },
  };
}

/** Of a mail that is returned whole, the header alone. */
function returnedIdsOf({ parts }: ReportMail): string[] {
  return parts
    .filter(({ type }) => RETURNED_PARTS.includes(type))
    .flatMap(({ text }) => fieldsOf(text.split(/\n[ \t]*\n/, 1)[0] ?? '').get('message-id') ?? []);
}
