import { isSpecific, statusCodeIn, statusCodeWithin } from '#libs/email/index.js';
import type { StatusCode } from '#libs/email/index.js';
import type { BounceType } from '#libs/platform/index.js';
import { phraseIn } from './bounce.phrases.js';
import type { BounceReason } from './receipt.js';

/** How a mail came back, and why. */
export interface Bounce {
  bounceType: BounceType;
  reason: BounceReason;
  /** True: no code said so, but words that many servers use. */
  byWords: boolean;
}

/**
 * What a status code and the words of the other server say of a mail that came back. A code that says no more than that something is
 * so (5.0.0, 5.5.0) gives way to one in the words. A code for a missing mailbox beside words for something that passes is believed by nobody.
 * @param isOfOtherStep whether the server said no to the sender or to the content, and not to the recipient: then words for a missing
 *   mailbox without a code for it are about those (as in `blamed`, for answers that we get ourselves). Filters of mobile carriers answer so.
 */
export function bounceOf(status: string, words = '', isOfOtherStep = false): Bounce {
  const stated = statusCodeIn(status);
  const code = stated && isSpecific(stated) ? stated : (statusCodeWithin(words.slice(0, LONGEST)) ?? stated);
  const coded = ofCode(code);
  const phrase = phraseIn(words);
  const read = phrase && { bounceType: typeOf(phrase.isHard), reason: phrase.reason, byWords: true };
  if (read === undefined) return coded;
  if (coded.bounceType === 'hard') return phrase?.isHard || read.reason === coded.reason ? coded : read;
  // For now: whatever the words say, the code says that it may pass.
  if (read.bounceType === 'hard') {
    if (!mayBeForGood(code)) return coded;
    return isOfOtherStep && !phrase?.isCertain
      ? { bounceType: 'soft', reason: 'content-refused', byWords: true }
      : read;
  }
  return coded.reason === 'bounced' ? read : coded;
}

/** In characters. A report that says more says it again. */
const LONGEST = 32_768;

/** Whether words may say of a mailbox what its code does not: where that says little, and of routes. */
function mayBeForGood(code: StatusCode | undefined): boolean {
  if (code === undefined) return true;
  if (code.group !== 5) return false;
  // 5.7.27, of a domain that takes no mail, some give for the recipient's (RFC 7505 means the sender's).
  return !isSpecific(code) || code.subject === 'route' || (code.subject === 'sender' && code.detail === 27);
}

function typeOf(isHard: boolean): BounceType {
  return isHard ? 'hard' : 'soft';
}

/**
 * A permanent failure says that the address takes no mail only where it speaks of the address (RFC 3463: 5.1.x, 5.2.1), and says what
 * of it: 5.1.0 is as often about the sender's.
 */
function ofCode(code: StatusCode | undefined): Bounce {
  const bounce = (reason: BounceReason, isHard = false): Bounce => ({
    bounceType: typeOf(isHard),
    reason,
    byWords: false,
  });
  const isPermanent = code?.group === 5;
  switch (code?.subject) {
    case 'address':
      return isPermanent && code.detail !== 0 && code.detail !== 9
        ? bounce('no-such-mailbox', true)
        : bounce('bounced');
    case 'mailbox':
      if (code.detail === 1) return bounce('mailbox-disabled', isPermanent);
      return bounce(code.detail === 2 ? 'mailbox-full' : 'bounced');
    case 'size':
      return bounce('too-large');
    case 'route':
      return bounce('not-reachable');
    case 'content':
    case 'policy':
      return bounce('content-refused');
    case 'sender':
    case 'system':
    case 'protocol':
    case undefined:
      return bounce('bounced');
  }
}

/** Whether a relay's words say that the no came before the recipient or after: those of Postfix, Exim, Sendmail, qmail and DragonFly. */
export function saysOtherStep(words: string): boolean {
  return OTHER_STEP.test(words.slice(0, LONGEST));
}

const OTHER_STEP = new RegExp(
  [
    String.raw`in reply to (?:MAIL FROM|end\s{1,20}of\s{1,20}DATA)`,
    String.raw`after (?:MAIL FROM|end of (?:data|message)|(?:sending|transmission of) (?:the )?(?:message|data|content))`,
    String.raw`failed after I sent the message|did not like our (?:MAIL|DATA|\.)|for (?:MAIL|TEXT) command`,
    String.raw`>>> (?:DATA|MAIL From[^\n]{0,300})\s{1,20}<<< 55\d|SMTP command\s{1,20}DATA\b`,
  ].join('|'),
  'i',
);
