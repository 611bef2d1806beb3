import type { NotificationState } from '#libs/platform/index.js';
import type { ReturnHistory } from '../../returns/return.history.js';
import type { Standing } from '../../standing/told.js';
import { TOLD_BY_OTHER_MEANS } from '../../send/notification.reason.js';
import { isTooLate, supersededBy } from '../../send/still-due.rules.js';
import type { DueNotification, Overruled, SupersededReason } from '../../send/still-due.rules.js';

/** Refusals that a person may overrule, each by its name and with a reason. */
export const OVERRIDABLE = ['already-told', 'superseded', 'too-late', 'suppressed'] as const;
export type Overridable = (typeof OVERRIDABLE)[number];

/** Why a mail is left out of a re-send. */
export type LeftOut =
  | Overridable
  | 'on-its-way'
  | 'held-by-batch'
  | 'outcome-unknown'
  | 'no-address'
  | 'replaced'
  | 'unreadable'
  | 'erased';

/** What is said of those that are left out, and what to do with them. */
export const LEFT_OUT_WORDS: Record<LeftOut, { sentence: string; todo: string }> = {
  'already-told': {
    sentence:
      'A relay accepted it and nothing came back, or a person told the taxpayer by other means: they have been told.',
    todo: 'Nothing. If it must be sent once more, override `already-told` and say why.',
  },
  superseded: {
    sentence: 'It is no longer true: something happened to the return that takes its place.',
    todo: 'Nothing: a re-send by filter settles it, so that nobody is called for it. If it must be sent all the same, override `superseded` and say why.',
  },
  'too-late': {
    sentence: 'Whoever asked for it named an instant after which it is not to be sent, and that has passed.',
    todo: 'Ask its caller. If it is still wanted, override `too-late` and say why.',
  },
  suppressed: {
    sentence: 'Its address bounced for good or complained, so nothing is sent to it.',
    todo: 'Ask the backend for another address, or lift the suppression. `suppressed` may be overridden with a reason.',
  },
  'on-its-way': {
    sentence: 'It waits for its turn or is being sent right now.',
    todo: 'Nothing: wait. If it waits too long, look whether it is paused and whether the workers run.',
  },
  'held-by-batch': {
    sentence:
      'The batch that asked for it is paused, or stopped by itself, and holds its mails back: it would not go.',
    todo: 'Resume that batch: what has not begun goes by itself then, and what failed can be sent again. Or end that batch, and send it again.',
  },
  'outcome-unknown': {
    sentence: 'The connection broke after the whole mail was given to the relay: it may have arrived.',
    todo: 'Look for its Message-ID in the log of the relay, then resolve it: it arrived, or send it again.',
  },
  'no-address': {
    sentence: 'Nobody has given an address.',
    todo: 'Let the backend register one: the mail is sent by itself then.',
  },
  replaced: {
    sentence: 'It was sent again before; the newest re-send counts in its place.',
    todo: 'Look at the newest re-send.',
  },
  unreadable: {
    sentence: 'Its address or its contents cannot be decrypted: their key is not among ENCRYPTION_KEYS.',
    todo: 'Put the key back among ENCRYPTION_KEYS, restart, and send it again.',
  },
  erased: {
    sentence: 'Whom it went to and what it said has been erased, so nobody can send the same mail again.',
    todo: 'If the taxpayer must be told once more, let the backend register an address of the return and ask for a new mail: POST /v1/notifications.',
  },
};

/** A mail that somebody wants sent again, with all that decides whether it is. */
export interface ResendCandidate extends Omit<DueNotification, 'overruled'> {
  id: string;
  state: NotificationState;
  /** Why it is in its state. */
  reason: string | null;
  standing: Standing;
  /** Somebody gave an address: the caller, the return or the account. */
  hasAddress: boolean;
  /** Nothing is sent to that address now, whatever was true of it when the mail had its turn. */
  isSuppressed: boolean;
  /** The batch that asked for it is paused or stopped, and holds it back. */
  isHeld: boolean;
  /** Whom it went to and what it said was erased. */
  isErased: boolean;
  /** The highest n among the re-sends of this mail; 0 without any. */
  newest: number;
  /** Entries that asked for it, the last and those before. */
  sources: string[];
}

export type ResendVerdict =
  /** No relay ever accepted it: the same row, the same Message-ID. */
  | { does: 'open-again'; overruled: Overruled[] }
  /** A relay accepted it: a new mail, `<original>.resend-<n>`. */
  | { does: 'make-new'; n: number; overruled: Overruled[] }
  /** This very re-send did it before. */
  | { does: 'nothing-more' }
  | { does: 'leave-out'; why: LeftOut; superseded?: SupersededReason };

/** What a re-send does with one mail. Pure: it reads the history and changes nothing. */
export function judge(
  candidate: ResendCandidate,
  history: ReturnHistory,
  { now, source, override }: { now: Date; source: string; override: readonly Overridable[] },
): ResendVerdict {
  const behind = candidate.newest - resendNumberOf(candidate.occurrence);
  // The newest was made of the one before it; all before that had been replaced already, whoever asks.
  if (behind <= 1 && candidate.sources.includes(source)) return { does: 'nothing-more' };
  if (behind > 0) return leaveOut('replaced');
  const { state, isHeld } = candidate;
  if (state === 'queued' && isHeld) return leaveOut('held-by-batch');
  if (state === 'queued' || state === 'sending') return leaveOut('on-its-way');
  if (state === 'unknown') return leaveOut('outcome-unknown');
  const superseded = supersededBy(candidate, history);
  const isTold =
    (state === 'handed_over' && candidate.standing === 'success') || candidate.reason === TOLD_BY_OTHER_MEANS;
  // What is no longer true needs no other address, so that is said first.
  const overruled = holding({
    superseded: superseded !== undefined,
    'too-late': isTooLate(candidate, now),
    suppressed: candidate.isSuppressed,
  });
  const objections: Overridable[] = [...(isTold ? ['already-told' as const] : []), ...overruled];
  const why = objections.find((objection) => !override.includes(objection));
  if (why === 'superseded') return { does: 'leave-out', why, superseded };
  if (candidate.isErased) return leaveOut('erased');
  // Nor does whoever has been told.
  if (!candidate.hasAddress && why !== 'already-told') return leaveOut('no-address');
  if (why) return leaveOut(why);
  if (isHeld) return leaveOut('held-by-batch');
  return state === 'handed_over'
    ? { does: 'make-new', n: candidate.newest + 1, overruled }
    : { does: 'open-again', overruled };
}

function holding(objections: Record<Overruled, boolean>): Overruled[] {
  return (['superseded', 'too-late', 'suppressed'] as const).filter((name) => objections[name]);
}

function leaveOut(why: LeftOut): ResendVerdict {
  return { does: 'leave-out', why };
}

/** The n of a re-send; 0 for an original. */
export function resendNumberOf(occurrence: string): number {
  return Number(/\.resend-(\d+)$/.exec(occurrence)?.[1] ?? 0);
}

/** The occurrence of the mail that was sent first. */
export function originalOf(occurrence: string): string {
  return occurrence.replace(/\.resend-\d+$/, '');
}
