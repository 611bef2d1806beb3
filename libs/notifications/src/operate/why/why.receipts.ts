import type { KeptReceipt } from '../../receipts/kept.receipts.js';
import type { SuppressionReason } from '../../receipts/suppressions.js';
import type { Standing } from '../../standing/told.js';
import { bounceWordsFor, noticeWordsFor } from '../bounce.words.js';
import { REASON_WORDS } from '../reason.words.js';
import { at, withoutFullStop } from './why.words.js';
import type { MailFacts } from './why.facts.js';

/** What came back of a mail after a relay had taken it, and in whose words. */
export function receiptSentence(receipt: KeptReceipt): string {
  const { diagnostic } = receipt;
  const said = diagnostic === null ? '' : ` The other server said: ${withoutFullStop(diagnostic)}.`;
  return `${receiptWords(receipt)}${said}`;
}

/** The same in our own words alone. */
export function receiptWords({ kind, bounceType, reason, byWords }: KeptReceipt): string {
  switch (kind) {
    case 'delivery':
      return 'The provider confirmed that it arrived.';
    case 'complaint':
      return 'Whoever got it complained about it, so it had arrived.';
    case 'bounce':
      return `It came back${bounceType === 'hard' ? ' for good' : ''}: ${bounceWordsFor(reason).sentence}${byWords && reason !== 'bounced' ? BY_WORDS : ''}.`;
    case 'notice':
      return `${noticeWordsFor(reason)}.`;
  }
}

const BY_WORDS = ' (read from its words: no status code says so)';

/** How it stands with the address that the mail would go to now; undefined where that matters to nobody. */
export function addressSentence(mail: MailFacts, standing: Standing): string | undefined {
  const { addressNow: address } = mail;
  if (address.is === 'open' && address.toRegistered && standing !== 'success')
    return 'Its own address takes nothing any more. A re-send goes to the one that is registered for the return.';
  if (address.is === 'open' && mail.reason === 'suppressed') return 'Nothing speaks against its address now.';
  if (address.is !== 'suppressed') return undefined;
  const { notificationId, reason, expiresAt } = address.by;
  if (standing === 'success' && notificationId !== mail.id) return undefined;
  const who = notificationId === mail.id ? 'this mail' : `mail ${notificationId}`;
  return `Nothing is sent to its address until ${at(expiresAt)}, since ${who} ${BROUGHT_ABOUT[reason] ?? 'came back'}.`;
}

const BROUGHT_ABOUT: Record<string, string> = {
  complaint: 'was complained about',
  'hard-bounce': 'came back for good',
  'soft-bounces': 'was one too many that came back',
} satisfies Record<SuppressionReason, string>;

/** What to do first, where the address decides whether a re-send does anything. */
export function addressTodo(
  { state, reason, addressNow }: MailFacts,
  standing: Standing,
): string | undefined {
  const waitsForPerson = standing === 'failure' && ['failed', 'handed_over', 'withheld'].includes(state);
  if (!waitsForPerson) return undefined;
  if (addressNow.is === 'suppressed') return REASON_WORDS.suppressed.todo ?? undefined;
  const isOpen = addressNow.is === 'open' && (reason === 'suppressed' || addressNow.toRegistered);
  return isOpen ? 'Re-send it.' : undefined;
}
