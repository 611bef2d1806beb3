import type { DeferredReason } from '#libs/email/index.js';
import type { Settings } from '#libs/platform/index.js';

/** A try that the relay deferred. */
export interface DeferredTry {
  /** Tries of this round, this one included. */
  tries: number;
  /** Milliseconds since the round began. */
  age: number;
  reason: DeferredReason;
  /** Milliseconds that the relay asked us to wait. */
  retryAfter?: number;
}

export type RetryDecision = { wait: number } | { giveUp: 'too-many-tries' | 'too-old' };

export type RetrySettings = Pick<
  Settings,
  'RETRY_BASE' | 'RETRY_CEILING' | 'RETRY_MAX_ATTEMPTS' | 'RETRY_MAX_AGE'
>;

/**
 * When to try again: exponential with full jitter, so that a relay that comes back is not met by all at once; never
 * before the relay wants us, up to the ceiling; given up by count and by age. A relay that cannot be reached, is full, or talks
 * nonsense says nothing about the mail: it is asked six times as soon, and only age ends that.
 */
export function retry(
  deferred: DeferredTry,
  settings: RetrySettings,
  random: () => number = Math.random,
): RetryDecision {
  const isAnswered = deferred.reason === 'relay-busy' || deferred.reason === 'relay-refused';
  if (isAnswered && deferred.tries >= settings.RETRY_MAX_ATTEMPTS) return { giveUp: 'too-many-tries' };
  if (deferred.age >= settings.RETRY_MAX_AGE) return { giveUp: 'too-old' };
  const base = isAnswered ? settings.RETRY_BASE : settings.RETRY_BASE / 6;
  const ceiling = Math.min(settings.RETRY_CEILING, base * 2 ** (deferred.tries - 1));
  return {
    wait: Math.round(
      Math.max(random() * ceiling, Math.min(deferred.retryAfter ?? 0, settings.RETRY_CEILING)),
    ),
  };
}
