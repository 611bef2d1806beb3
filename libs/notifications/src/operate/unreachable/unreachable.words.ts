import type { NotificationState } from '#libs/platform/index.js';
import type { SuppressionReason } from '../../receipts/suppressions.js';
import type { AddressOwner, KnownAddress } from '../../standing/unreachable.js';
import type { Template } from '../../terms/mail.kinds.js';

/** What a taxpayer was not told, for whoever writes the letter or makes the call. */
const NOT_TOLD: Record<Template, string> = {
  submitted: 'that the authority confirmed the receipt of the return',
  'submission-error': 'that the return could not be submitted, and what to do',
  'error-resolved': 'that the failure of the submission was repaired',
  accepted: 'that the return was accepted',
  rejected: 'that the return was rejected, and what to do',
  'reminder-submit': 'that the return is not submitted yet',
  'reminder-resubmit': 'that the rejected return is to be sent again',
  'reminder-state': 'that the state return is still to be filed',
  'non-completion-survey': 'that we ask why the return was not finished',
};

/** The same for a name as it stands in a row, which may be of another release. */
export function notToldOf(template: string): string {
  return isKnown(template) ? NOT_TOLD[template] : `what the mail '${template}' says`;
}

function isKnown(template: string): template is Template {
  return Object.hasOwn(NOT_TOLD, template);
}

const WHOSE: Record<AddressOwner, string> = {
  mail: 'The address that was given for this mail',
  return: 'The address of the return',
  account: 'The address of the account',
};

const AGAINST: Record<string, string> = {
  complaint: 'its owner complained of a mail',
  'hard-bounce': 'a mail came back for good',
  'soft-bounces': 'mails came back again and again',
  refused: 'the relay refused it for good',
} satisfies Record<SuppressionReason | 'refused', string>;

/** Why no address is left, in sentences without any. */
export function noAddressWords(known: readonly KnownAddress[]): string {
  if (known.length === 0) return 'Nobody has given an address.';
  return known
    .map(({ of, against }) => `${WHOSE[of]}: ${AGAINST[against ?? ''] ?? 'nothing is sent to it'}.`)
    .join(' ');
}

/** What is known of how many have no address left where those that were looked at have one, and there are more. */
export function unknownWords({ lookedAt }: { lookedAt: number }): string {
  return `Of the ${lookedAt.toLocaleString('en')} that have waited longest each has an address left; nobody has looked at those behind them.`;
}

/** What to do then. @param state of the mail: what nobody gave an address for goes out by itself once one is registered. */
export function unreachableTodo(state: NotificationState): string {
  const other =
    state === 'no_address'
      ? 'let the backend register an address: the mail is sent by itself then.'
      : 'let the backend register another address, or lift the suppression, then re-send it.';
  return `No address is left. Tell them by a letter or a call, and keep that you did: told by other means. Or ${other}`;
}
