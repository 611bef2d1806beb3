import { phraseIn } from './bounce.phrases.js';
import { bounceOf, saysOtherStep } from './bounce.rules.js';
import { UnreadableMessage } from '../terms/entries.js';
import { diagnosticOf, receiptId } from './receipt.js';
import type { ReadReceipt, Receipt } from './receipt.js';
import { mailQuotedIn, tellingPart, wordsOf } from './quoted.mail.js';
import { dateOf } from './report.fields.js';
import { RETURNED_PARTS } from './report.mail.js';
import type { ReportMail } from './report.mail.js';
import {
  ANSWERS,
  ARRIVED,
  COMPLAINED,
  DAEMON,
  DELAYED,
  DELAYED_SUBJECT,
  GIVEN_UP,
  NOT_ARRIVED,
  PASSED_ON,
  plainly,
  POSTMASTER,
  REPLIED,
  RETURNED,
} from './report.words.js';

const NO_REPORT = {
  refused: 'no-report',
  detail: 'The mail quotes one of ours, and does not look like the report of a mail server. Read it.',
} as const;

const ANSWER_FIELDS = ['x-autoreply', 'x-autorespond', 'x-auto-response', 'x-autoreply-from', 'x-vacation'];

/**
 * Reads what came back without a delivery status: by whom it was written, by its subject, and by words that many servers use. It is
 * about the mail of ours that it quotes.
 * @throws UnreadableMessage when it quotes none, and nothing says that it is about a mail.
 */
export function readPlainBounce(mail: ReportMail, domain: string): ReadReceipt {
  const named = mailQuotedIn(mail, domain);
  const words = wordsOf(mail);
  const said = saidOf(mail, words);
  if ('refused' in named) {
    if (said?.kind === 'bounce' || said?.kind === 'complaint') return named;
    throw new UnreadableMessage('The mail is neither a delivery status notification nor a complaint (ARF)');
  }
  const { notificationId } = named;
  if (!said) return { ...NO_REPORT, notificationId };
  const id = mail.fields.get('message-id') ?? '';
  return {
    receipt: {
      // The same mail may come with other line ends by another door.
      id: receiptId('mail', id, mail.body.replaceAll('\r\n', '\n'), notificationId),
      notificationId,
      ...said,
      occurredAt: dateOf(mail.fields.get('date')) ?? new Date(),
      diagnostic: diagnosticOf(tellingPart(words)),
    },
  };
}

function saidOf(
  mail: ReportMail,
  words: string,
): Pick<Receipt, 'kind' | 'bounceType' | 'reason' | 'byWords'> | undefined {
  const subject = plainly((mail.fields.get('subject') ?? '').slice(0, 500));
  const start = plainly(words.slice(0, 4_000));
  if (isReadReceipt(mail)) return { kind: 'notice', reason: 'remarked' };
  if (isAnswer(mail, subject)) return { kind: 'notice', reason: 'answered-by-itself', byWords: true };
  if (COMPLAINED.test(subject) && returnsMail(mail)) return { kind: 'complaint', byWords: true };
  const isByProgram = isOfDaemon(mail);
  if (!isByProgram && !looksReturned(mail, subject, start)) return undefined;
  const isDelayed = DELAYED.test(`${subject}\n${start}`) || DELAYED_SUBJECT.test(subject);
  if (isDelayed && !GIVEN_UP.test(`${subject}\n${start}`))
    return { kind: 'notice', reason: 'delayed', byWords: true };
  if (PASSED_ON.test(subject) || saysThatItArrived(mail, subject, start))
    return { kind: 'notice', reason: 'passed-on', byWords: true };
  const bounce = bounceOf('', words, saysOtherStep(words));
  // A person may write so, too: then nothing is known of the address.
  if (!isByProgram && bounce.bounceType === 'hard')
    return { kind: 'bounce', bounceType: 'soft', reason: 'bounced', byWords: true };
  return { kind: 'bounce', ...bounce, byWords: true };
}

/** That it was delivered, and nothing else: one that failed for somebody may say so, too. */
function saysThatItArrived({ fields }: ReportMail, subject: string, start: string): boolean {
  return (
    (ARRIVED.test(subject) || ARRIVED.test(start)) &&
    !fields.has('x-failed-recipients') &&
    !/undeliver|fail|return(?:ed|ing)|reject|error/.test(subject) &&
    !GIVEN_UP.test(`${subject}\n${start}`) &&
    !NOT_ARRIVED.test(start) &&
    !/\b[45]\d\d[ -]|\b[45]\.\d{1,3}\.\d/.test(start) &&
    phraseIn(start) === undefined
  );
}

function looksReturned(mail: ReportMail, subject: string, start: string): boolean {
  return !REPLIED.test(subject) && (RETURNED.test(subject) || (returnsMail(mail) && NOT_ARRIVED.test(start)));
}

function returnsMail({ parts }: ReportMail): boolean {
  return parts.some(({ type }) => RETURNED_PARTS.includes(type));
}

/** Of whoever has the mail, or threw it away unread (RFC 8098): it arrived, as far as can be believed. */
function isReadReceipt({ fields, parts }: ReportMail): boolean {
  return (
    parts.some(({ type }) => type === 'message/disposition-notification') ||
    /report-type="?disposition-notification/i.test(fields.get('content-type') ?? '')
  );
}

/** Out of office and its like; a server that fails to deliver names the recipients. */
function isAnswer({ fields }: ReportMail, subject: string): boolean {
  if (fields.has('x-failed-recipients')) return false;
  return (
    ANSWERS.test(subject) ||
    ANSWER_FIELDS.some((name) => fields.has(name)) ||
    /auto.?reply/i.test(fields.get('precedence') ?? '') ||
    /vacation/i.test(fields.get('auto-submitted') ?? '')
  );
}

function isOfDaemon({ fields }: ReportMail): boolean {
  const from = (fields.get('from') ?? '').slice(0, 500).toLowerCase();
  if (fields.has('x-failed-recipients') || DAEMON.test(from)) return true;
  if (/report-type="?delivery-status/i.test(fields.get('content-type') ?? '')) return true;
  // A person or an autoresponder may write as postmaster, too.
  return POSTMASTER.test(from) && !/auto-replied/i.test(fields.get('auto-submitted') ?? '');
}
