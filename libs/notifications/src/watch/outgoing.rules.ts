import type { Settings } from '#libs/platform/index.js';
import type { DeliveryReason } from '../send/notification.reason.js';
import type { Conversation, Waiting } from './outgoing.statements.js';

/** How ill a relay may be, in milliseconds and conversations. */
export type Patience = Pick<Settings, 'RELAY_SILENT_FOR' | 'RELAY_FAILURES' | 'RELAY_CONVERSATIONS'>;

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

/** Milliseconds that a mail must have waited before a count of failures calls anybody: a relay that restarts is no illness. */
const HICCUP = 60_000;

/** What failed since the relay last took a mail, newest first. */
export function failedOf(conversations: readonly Conversation[]): Failed[] {
  const taken = conversations.findIndex(({ reason }) => reason === null);
  return conversations.slice(0, taken < 0 ? undefined : taken).filter(isFailed);
}

/** Whom it speaks against: the relay, or several mails each by itself, which is the relay too. Undefined: one or two mails. */
export function blamedFor([last, ...earlier]: readonly Failed[]): 'relay' | 'several-mails' | undefined {
  if (!last) return undefined;
  if (ABOUT_THE_RELAY[last.reason]) return 'relay';
  const mails = new Set([last, ...earlier].map(({ notificationId }) => notificationId));
  return mails.size >= SEVERAL ? 'several-mails' : undefined;
}

/**
 * What failed of the last conversations, newest first, where that is too much of them, though the relay may take a mail now and then;
 * else nothing.
 */
export function failingOf(
  conversations: readonly Conversation[],
  { triedSince }: Waiting,
  { RELAY_SILENT_FOR, RELAY_FAILURES, RELAY_CONVERSATIONS }: Patience,
  now: Date,
): Failed[] {
  if (triedSince === null || now.getTime() - triedSince.getTime() < HICCUP) return [];
  const from = now.getTime() - RELAY_SILENT_FOR;
  const failed = conversations
    .filter(({ reason, endedAt }) => (reason === null || ABOUT_THE_RELAY[reason]) && endedAt.getTime() > from)
    .slice(0, RELAY_CONVERSATIONS)
    .filter(isFailed);
  return failed.length >= RELAY_FAILURES ? failed : [];
}

function isFailed(conversation: Conversation): conversation is Failed {
  return conversation.reason !== null;
}

/**
 * What holds up mails that wait for too long. `relay`: it takes nothing; `backlog`: mails go out, these have not had their turn;
 * `put-off`: the relay was asked for these and did not take them; `untaken`: no worker asks it.
 */
export type Holdup = 'relay' | 'backlog' | 'put-off' | 'untaken';

/** @param taken mails that the relay took lately. */
export function holdupOf({ late, lateTried, untaken }: Waiting, isIll: boolean, taken: number): Holdup {
  if (isIll) return 'relay';
  if (lateTried === late) return 'put-off';
  return taken > 0 || untaken === 0 ? 'backlog' : 'untaken';
}
