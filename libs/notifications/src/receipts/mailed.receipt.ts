import { z } from 'zod';
import { UnreadableMessage } from '../terms/entries.js';
import { readArf } from './arf.message.js';
import { readDsn } from './dsn.message.js';
import type { ReadReceipt } from './receipt.js';
import { openReport } from './report.mail.js';

/** Such a mail, for those who hand it on. */
export const mailedReceipt = z
  .string()
  .regex(/^\s*[^\s{[][\s\S]*message\/(delivery-status|feedback-report)/)
  .describe(
    'The mail itself, header and all: a delivery status notification (RFC 3464) or a complaint (ARF, RFC 5965).',
  );

/**
 * Reads a receipt that comes as a mail: a relay's delivery status, or a mailbox provider's complaint.
 * @param domain the right-hand side of our Message-IDs.
 * @throws UnreadableMessage when it is neither.
 */
export async function readMail(mail: string, domain: string): Promise<ReadReceipt> {
  const report = await openReport(mail);
  const textOf = (wanted: string) => report.parts.find(({ type }) => type === wanted)?.text;
  const status = textOf('message/delivery-status');
  if (status !== undefined) return readDsn(report, status, domain);
  const feedback = textOf('message/feedback-report');
  if (feedback !== undefined) return readArf(report, feedback, domain);
  throw new UnreadableMessage('The mail is neither a delivery status notification nor a complaint (ARF)');
}
