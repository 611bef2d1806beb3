import type { DeliveryReason } from './notification.reason.js';

/** A conversation that ended, and tells something of the relay. */
export interface Conversation {
  notificationId: string;
  /** Null: the relay took the mail. */
  reason: DeliveryReason | null;
  /** What the relay said, or what went wrong; without addresses. */
  words: string | null;
  endedAt: Date;
}

/** One that the relay did not take. */
export type Failed = Conversation & { reason: DeliveryReason };

/** Whether its end is about the relay, whoever the recipient. */
const ABOUT_THE_RELAY: Record<DeliveryReason, boolean> = {
  'relay-unreachable': true,
  'relay-full': true,
  'relay-refused': true,
  'relay-out-of-step': true,
  'lost-after-data': true,
  'unclear-answer': true,
  // Not this mail, not now: greylisting, a full mailbox.
  'relay-busy': false,
  'recipient-refused': false,
  'message-refused': false,
  'worker-lost': false,
};

/** Mails that a relay puts off one by one, taking none between: then it is the relay. */
const SEVERAL = 3;

/** What failed since the relay last took a mail, newest first. */
export function failedOf(conversations: readonly Conversation[]): Failed[] {
  const taken = conversations.findIndex(({ reason }) => reason === null);
  return conversations.slice(0, taken < 0 ? undefined : taken).filter(isFailed);
}

/** What failed of the last `most` conversations that are about the relay, newest first, though it may have taken others between. */
export function failedAmong(conversations: readonly Conversation[], most: number): Failed[] {
  return conversations
    .filter(({ reason }) => reason === null || ABOUT_THE_RELAY[reason])
    .slice(0, most)
    .filter(isFailed);
}

/** Whom it speaks against: the relay, or several mails each by itself, which is the relay too. Undefined: one or two mails. */
export function blamedFor([last, ...earlier]: readonly Failed[]): 'relay' | 'several-mails' | undefined {
  if (!last) return undefined;
  if (ABOUT_THE_RELAY[last.reason]) return 'relay';
  const mails = new Set([last, ...earlier].map(({ notificationId }) => notificationId));
  return mails.size >= SEVERAL ? 'several-mails' : undefined;
}

function isFailed(conversation: Conversation): conversation is Failed {
  return conversation.reason !== null;
}
