import type { BounceReason, NoticeReason } from '../receipts/receipt.js';
import type { ReasonWords } from './reason.words.js';

const ANOTHER = 'Ask the backend for another address and let it register that, then re-send it.';

/** What it means that a mail came back for this reason, and what to do now. Total over the closed list: the compiler counts. */
export const BOUNCE_WORDS: Record<BounceReason, ReasonWords & { todo: string }> = {
  'no-such-mailbox': { sentence: 'there is no such mailbox', todo: ANOTHER },
  'mailbox-disabled': { sentence: 'the mailbox takes no mail any more', todo: ANOTHER },
  'mailbox-full': {
    sentence: 'the mailbox is full',
    todo: 'Re-send it in a few days, or ask the backend for another address.',
  },
  'too-large': {
    sentence: 'the mail is larger than the other server takes',
    todo: 'Make the template smaller, deploy, and re-send it.',
  },
  'content-refused': {
    sentence: 'the other server does not take its content or its sender',
    todo: 'Read what the other server said: content, or sender policy. Mend that, then re-send it.',
  },
  'not-reachable': {
    sentence: 'the other server could not be reached',
    todo: 'Re-send it when that server answers again, or ask the backend for another address.',
  },
  'suppressed-by-provider': {
    sentence: 'the provider keeps a list of its own of addresses that take no mail, and this one is on it',
    todo: 'Take it off the list of the provider, or ask the backend for another address, then re-send it.',
  },
  bounced: {
    sentence: 'nobody says why',
    todo: 'Read what the other server said, mend its cause, then re-send it.',
  },
};

/** Words for a reason as it stands in a row, which may be of another release. */
export function bounceWordsFor(reason: string | null): ReasonWords & { todo: string } {
  return BOUNCE_WORDS[isKnown(reason) ? reason : 'bounced'];
}

const NOTICE_WORDS: Record<NoticeReason, string> = {
  delayed: 'The other server wrote that it has not delivered it yet and goes on trying',
  'passed-on': 'The other server wrote that it has passed it on to where nobody reports from',
  'answered-by-itself': 'The mailbox answered it by itself',
  remarked: 'Somebody remarked on it without complaining',
};

/** What was said of a mail that decides nothing, as it stands in a row, which may be of another release. */
export function noticeWordsFor(reason: string | null): string {
  const known = Object.entries(NOTICE_WORDS).find(([name]) => name === reason);
  return known?.[1] ?? 'Something was said of it that decides nothing';
}

function isKnown(reason: string | null): reason is BounceReason {
  return reason !== null && Object.hasOwn(BOUNCE_WORDS, reason);
}
