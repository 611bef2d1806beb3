import { bounceOf, saysOtherStep } from './bounce.rules.js';
import { UnreadableMessage } from '../terms/entries.js';
import { diagnosticOf, receiptId } from './receipt.js';
import type { ReadReceipt, Receipt } from './receipt.js';
import { mailQuotedIn, tellingPart, wordsOf } from './quoted.mail.js';
import { dateOf } from './report.fields.js';
import { RETURNED_PARTS } from './report.mail.js';
import type { ReportMail } from './report.mail.js';

const NO_REPORT = {
  refused: 'no-report',
  detail: 'The mail quotes one of ours, and does not look like the report of a mail server. Read it.',
} as const;

/** Whose name or address says that a program writes about mail. */
const DAEMON =
  /\b(?:mailer.?daemon|mail.?daemon|mail deliver(?:y|er)?(?: \w+)? ?(?:system|subsystem|service|agent|software)|(?:e-?)?mail delivery|internet mail delivery|mail system|ndr administrator|mail\.delivery\.system|delivery subsystem|microsoft ?exchange|microsoft outlook)/;
const POSTMASTER = /\bpo+st.?master|\bsystem administrator|\bmail administrator|^\s*<>/;

/** Subjects of those that tell of a mail which did not arrive. */
const RETURNED =
  /\b(?:undeliver|returned (?:e-?)?mail|returning message|return(?:ed)? to sender|failure (?:notice|notification)|deliver\w* (?:\w+ ){0,3}(?:failure|failed|fail|error|unsuccessful)|(?:failed|failing|failure) (?:\w+ )?deliver|fail\w* deliver|delivery status|delivery notification|(?:mail|message|delivery) (?:\w+ ){0,3}(?:failed|failure|not delivered|undelivered|error|rejected|blocked)|(?:message|mail)(?: you sent)? blocked|could not (?:be )?deliver|non.?deliver|not delivered|mail system error|error sending your (?:mail|message)|unzustellbar|non recapitabile|non remis|no se (?:puede|pudo) entregar|onbestelbaar|olevererbart|não entregue)/;
/** The same in the mail itself, which counts where the mail that did not arrive is attached. */
const NOT_ARRIVED =
  /\b(?:could not be delivered|couldn't be delivered|cannot be delivered|can't be delivered|was not delivered|wasn't delivered|undeliverable|unable to deliver|delivery (?:has )?failed|not be delivered)/;
/** Of answers and of what a person hands on, in the languages of common programs. */
const REPLIED = /^(?:re|fwd?|fw|aw|wg|rv|tr)(?:\[\d{1,3}\])?[ \t]?:/;
/** What feedback loops without a report of their own write about. */
const COMPLAINED =
  /^(?:fwd?: ?)?(?:e-?mail )?(?:complaint about (?:a )?message|abuse report|spam (?:report|complaint)|(?:e-?mail )?feedback report)/;
const DELAYED =
  /\(delay\)|\b(?:delayed (?:mail|\d)|has been delayed|delivery (?:is |was |has been )?delayed|mail delivery delay|warning: (?:message|could not send)|message \S{1,80} delayed|still being retried|not yet been delivered|could not send message for|warning message only|will (?:be )?(?:retried|keep trying|continue to (?:try|attempt)|retry)|delivery attempts will continue|do not need to resend|no action is required)/;
const GIVEN_UP =
  /\(failure\)|\b(?:given up|giving up|permanent (?:error|failure|fatal)|failed permanently|returned mail|undelivered mail|failure notice)/;
const PASSED_ON =
  /\((?:success|relay|relayed)\)|\b(?:success(?:ful|fully)? (?:mail )?(?:deliver|relay)|(?:was|has been|were) (?:successfully )?(?:delivered|relayed) (?:to|successfully|on)|delivered successfully|successfully delivered|your message was relayed)|^(?:read|delivered|relayed):/;
const ANSWERS =
  /^(?:re: )?(?:auto(?:matic|mated|matische)?[ -]?(?:reply|response|answer|antwort|responder)|out of (?:the )?office|ooo\b|vacation|away from|on (?:vacation|holiday|leave)|abwesend|abwesenheit|r[ée]ponse automatique|absence|fuera de|respuesta autom[áa]tica|risposta automatica|i am (?:away|out)|not at my desk)/;
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
  const subject = (mail.fields.get('subject') ?? '').slice(0, 500).toLowerCase();
  const start = words.slice(0, 4_000).toLowerCase();
  if (isAnswer(mail, subject)) return { kind: 'notice', reason: 'answered-by-itself', byWords: true };
  if (COMPLAINED.test(subject) && returnsMail(mail)) return { kind: 'complaint', byWords: true };
  const isByProgram = isOfDaemon(mail);
  if (!isByProgram && !looksReturned(mail, subject, start)) return undefined;
  if (DELAYED.test(`${subject}\n${start}`) && !GIVEN_UP.test(`${subject}\n${start}`))
    return { kind: 'notice', reason: 'delayed', byWords: true };
  if (PASSED_ON.test(subject)) return { kind: 'notice', reason: 'passed-on', byWords: true };
  const bounce = bounceOf('', words, saysOtherStep(words));
  // A person may write so, too: then nothing is known of the address.
  if (!isByProgram && bounce.bounceType === 'hard')
    return { kind: 'bounce', bounceType: 'soft', reason: 'bounced', byWords: true };
  return { kind: 'bounce', ...bounce, byWords: true };
}

function looksReturned(mail: ReportMail, subject: string, start: string): boolean {
  return !REPLIED.test(subject) && (RETURNED.test(subject) || (returnsMail(mail) && NOT_ARRIVED.test(start)));
}

function returnsMail({ parts }: ReportMail): boolean {
  return parts.some(({ type }) => RETURNED_PARTS.includes(type));
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
