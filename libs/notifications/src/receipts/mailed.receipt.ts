import { z } from 'zod';
import { readArf } from './arf.message.js';
import { readDsn, statusTextOf } from './dsn.message.js';
import { readPlainBounce } from './plain.bounce.js';
import type { ReadReceipt } from './receipt.js';
import { openReport } from './report.mail.js';
import { readSesMail } from './ses-mail.message.js';

/** Such a mail, for those who hand it on. */
export const mailedReceipt = z
  .string()
  .regex(/^\s*[^\s{[][\s\S]*message\/((global-)?delivery-status|feedback-report)/)
  .describe(
    'The mail itself, header and all: a delivery status notification (RFC 3464, RFC 6533) or a complaint (ARF, RFC 5965). What mail servers send back in no standard form is read too.',
  );

/**
 * Reads a receipt that comes as a mail: a relay's delivery status, a mailbox provider's complaint, what SES says, or what came back
 * in no standard form.
 * @param domain the right-hand side of our Message-IDs.
 * @throws UnreadableMessage when it cannot be taken apart, or is none of them and names no mail.
 */
export async function readMail(mail: string, domain: string): Promise<ReadReceipt> {
  const report = await openReport(mail);
  const feedback = report.parts.find(({ type }) => type === 'message/feedback-report')?.text;
  if (feedback !== undefined) return readArf(report, feedback, domain);
  const status = statusTextOf(report);
  if (status !== undefined) return readDsn(report, status, domain);
  return readSesMail(report, domain) ?? readPlainBounce(report, domain);
}
