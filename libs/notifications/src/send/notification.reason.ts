import type { HandOver } from '#libs/email/index.js';
import type { RetryDecision } from './retry.policy.js';
import type { SupersededReason } from './still-due.rules.js';

/** A person told the taxpayer by a letter, a call or the like, which counts in the place of the mail. */
export const TOLD_BY_OTHER_MEANS = 'superseded-by-other-means';

/** Somebody ended its batch before its turn came. Nothing takes its place: its taxpayer is untold. */
export const BATCH_ABORTED = 'batch-aborted';

/** Nobody gave an address for it. It goes as soon as somebody does. */
export const NO_ADDRESS = 'no-address';

/** Somebody asked that the data of its return be erased, before its turn came. Nothing takes its place. */
export const ERASED = 'erased';

type ReasonOf<Outcome> = Outcome extends { reason: infer Reason } ? Reason : never;
type GiveUpOf<Decision> = Decision extends { giveUp: infer Reason } ? Reason : never;

/** Why a conversation with a relay ended as it did. */
export type DeliveryReason = ReasonOf<HandOver>;

/**
 * Why a notification is in its state: the closed list of what the code can write. Each has words in
 * operate/reason.words.ts; the compiler asks for them.
 */
export type NotificationReason =
  | 'too-late'
  | SupersededReason
  | DeliveryReason
  | GiveUpOf<RetryDecision>
  | typeof NO_ADDRESS
  | 'unreadable'
  | 'not-renderable'
  | 'suppressed'
  | 'superseded-by-resend'
  | typeof TOLD_BY_OTHER_MEANS
  | typeof BATCH_ABORTED
  | typeof ERASED
  | 'unknown-resend'
  | 'confirmed-by-person'
  | 'receipt';
