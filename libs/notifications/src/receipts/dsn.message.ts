import { bounceOf, saysOtherStep } from './bounce.rules.js';
import { diagnosticOf, isOfOthers, receiptId } from './receipt.js';
import type { ReadReceipt, Receipt } from './receipt.js';
import { mailQuotedIn, tellingPart, wordsOf } from './quoted.mail.js';
import { dateOf, groupsOf, withoutComments } from './report.fields.js';
import type { Fields } from './report.fields.js';
import type { ReportMail } from './report.mail.js';

/** What is said of a recipient: the words of RFC 3464, and those that programs use in their place. */
const ACTIONS = new Map<string, Action>(
  Object.entries({
    failed: 'failed',
    failure: 'failed',
    fail: 'failed',
    expired: 'failed',
    undeliverable: 'failed',
    bounced: 'failed',
    rejected: 'failed',
    delayed: 'delayed',
    delay: 'delayed',
    delivered: 'delivered',
    success: 'delivered',
    relayed: 'passed-on',
    expanded: 'passed-on',
  } as const),
);
type Action = 'failed' | 'delayed' | 'delivered' | 'passed-on';

/** What one recipient comes to, and how bad that is for whoever should read the mail. */
interface Said {
  badness: number;
  recipient: Fields;
  /** Undefined for what no standard knows. */
  said?: Pick<Receipt, 'kind' | 'bounceType' | 'reason' | 'byWords'>;
}

const UNKNOWN_ACTION = {
  refused: 'unknown-action',
  detail:
    'The report says of its recipient what no standard knows, so nobody can tell whether the mail came back.',
} as const;

/** The text of the delivery status of a report, if it has one. Some send it among the words for people. */
export function statusTextOf({ parts, text }: ReportMail): string | undefined {
  const ofType = (types: readonly string[]) =>
    parts.filter(({ type }) => types.includes(type)).map((part) => part.text);
  // A gateway may wrap the report of another.
  const wrapped = ofType(['message/rfc822']).filter((one) =>
    /^content-type:[ \t]*message\/delivery-status/im.test(one),
  );
  return [...ofType(STATUS_PARTS), text, ...wrapped].find((one) => groupsOf(one).some(isOfRecipient));
}

/** A mail of ours has one recipient, and what was expanded to more than these says no more by it. */
const MOST_RECIPIENTS = 100;

/** RFC 3464, and RFC 6533 for addresses in UTF-8. */
const STATUS_PARTS = ['message/delivery-status', 'message/global-delivery-status'];

function isOfRecipient(group: Fields): boolean {
  return (
    group.has('action') &&
    ['final-recipient', 'original-recipient', 'status', 'diagnostic-code'].some((name) => group.has(name))
  );
}

/**
 * Reads a delivery status notification, the mail that a relay sends back: all its recipients, of whom the worst counts, since one mail
 * of ours has one, whatever it was expanded to.
 * @param status the text of its delivery status.
 */
export function readDsn(mail: ReportMail, status: string, domain: string): ReadReceipt {
  const words = wordsOf(mail);
  const isOfOtherStep = saysOtherStep(words);
  const [worst] = groupsOf(status)
    .filter(isOfRecipient)
    .slice(0, MOST_RECIPIENTS)
    .map((recipient) => saidOf(recipient, words, isOfOtherStep))
    .toSorted((a, b) => b.badness - a.badness);
  const named = mailQuotedIn(mail, domain);
  const isBounce = worst?.said === undefined || worst.said.kind === 'bounce';
  if ('refused' in named) return isBounce || !isOfOthers(named) ? named : { unheeded: 'of-no-consequence' };
  const { notificationId } = named;
  if (!worst?.said) return { ...UNKNOWN_ACTION, notificationId };
  const { recipient, said } = worst;
  const id = mail.fields.get('message-id') ?? '';
  return {
    receipt: {
      // A relay may give all its reports one Message-ID, and those of two tries differ in nothing but what they say.
      id: receiptId('dsn', id, status, notificationId),
      notificationId,
      ...said,
      diagnostic: diagnosticOf(recipient.get('diagnostic-code')) ?? diagnosticOf(tellingPart(words)),
      occurredAt: dateOf(recipient.get('last-attempt-date'), mail.fields.get('date')) ?? new Date(),
    },
  };
}

function saidOf(recipient: Fields, words: string, isOfOtherStep: boolean): Said {
  const action = ACTIONS.get(withoutComments(recipient.get('action') ?? '').toLowerCase());
  switch (action) {
    case 'failed': {
      const bounce = bounceOfRecipient(recipient, words, isOfOtherStep);
      const badness = bounce.bounceType === 'hard' ? 6 : 5;
      return { badness, recipient, said: { kind: 'bounce', ...bounce } };
    }
    case 'delayed':
      return { badness: 3, recipient, said: { kind: 'notice', reason: 'delayed' } };
    case 'delivered':
      return { badness: 2, recipient, said: { kind: 'delivery' } };
    case 'passed-on':
      return { badness: 1, recipient, said: { kind: 'notice', reason: 'passed-on' } };
    case undefined:
      return { badness: 4, recipient };
  }
}

/** What the other server said counts before what the relay made of it; its own words for people come last. */
function bounceOfRecipient(recipient: Fields, words: string, wordsSayOtherStep: boolean) {
  const status = withoutComments(recipient.get('status') ?? '');
  // The comment of a status says in words what its number means.
  const diagnostic = `${recipient.get('diagnostic-code') ?? ''} ${recipient.get('status') ?? ''}`;
  const isOfOtherStep = wordsSayOtherStep || saysOtherStep(diagnostic);
  const bounce = bounceOf(status, diagnostic, isOfOtherStep);
  const isVague = bounce.reason === 'bounced' && bounce.bounceType === 'soft';
  return isVague ? bounceOf(status, `${diagnostic}\n${words}`, isOfOtherStep) : bounce;
}
