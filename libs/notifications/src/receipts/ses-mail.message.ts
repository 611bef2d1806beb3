import { UnreadableMessage } from '../terms/entries.js';
import { mailQuotedIn } from './quoted.mail.js';
import type { ReadReceipt } from './receipt.js';
import type { ReportMail } from './report.mail.js';
import { readSes, sesDocumentIn } from './ses.message.js';

const SES = /^\s*\{\s*"(?:notificationType|eventType)"\s*:/;
/** Below it stands for people how to end the subscription. */
const SIGNATURE = /\n--[ \t]*\n/;
/** How servers for mail break a line that is too long for them. JSON has no such place. */
const BROKEN = /!\n ?/g;

/**
 * Reads what SES says as SNS sends it to whoever has subscribed by mail: its document in place of words. Where that does not name a
 * mail of ours, one that is quoted beside it counts. Undefined for mails of another form.
 */
export function readSesMail(mail: ReportMail, domain: string): ReadReceipt | undefined {
  if (!SES.test(mail.text)) return undefined;
  const [document = ''] = mail.text.split(SIGNATURE, 1);
  try {
    return readSes(sesDocumentIn(document.replace(BROKEN, '')), domain, mailQuotedIn(mail, domain));
  } catch (error) {
    if (error instanceof UnreadableMessage) return undefined;
    throw error;
  }
}
