import type { Settings } from '#libs/platform/index.js';
import { failedAmong } from '../send/relay.health.rules.js';
import type { Conversation, Failed } from '../send/relay.health.rules.js';
import type { Waiting } from './outgoing.statements.js';

/** How ill a relay may be, in milliseconds and conversations. */
export type Patience = Pick<Settings, 'RELAY_SILENT_FOR' | 'RELAY_FAILURES' | 'RELAY_CONVERSATIONS'>;

/** Milliseconds that a mail must have waited before a count of failures calls anybody: a relay that restarts is no illness. */
const HICCUP = 60_000;

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
  const lately = conversations.filter(({ endedAt }) => endedAt.getTime() > from);
  const failed = failedAmong(lately, RELAY_CONVERSATIONS);
  return failed.length >= RELAY_FAILURES ? failed : [];
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
