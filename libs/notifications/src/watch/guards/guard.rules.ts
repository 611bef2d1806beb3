import type { Settings } from '#libs/platform/index.js';

/** What is known of the mails of a template besides those that are counted. */
export interface Usual {
  /** In the busiest window of the history. */
  busiest: number;
  /** What the guard had counted when a person said, within the last day, that it may go on. */
  explained: number;
}

/** Mails of a template that may be asked for in one window. What is above pauses it. */
export function volumeLimit(
  { busiest, explained }: Usual,
  {
    GUARD_VOLUME_FLOOR: floor,
    GUARD_VOLUME_FACTOR: factor,
  }: Pick<Settings, 'GUARD_VOLUME_FLOOR' | 'GUARD_VOLUME_FACTOR'>,
): number {
  return Math.max(floor, Math.floor(factor * Math.max(busiest, explained)));
}

/** Mails of a lane, and how many of them came back or were complained about. */
export interface CameBack {
  mails: number;
  /** Either of both; a mail counts once. */
  returned: number;
  complained: number;
}

/** Which of its shares a lane is above. Of few mails the share is that of as many as are looked at, so that a handful never is. */
export function aboveShare(
  { mails, returned, complained }: CameBack,
  settings: Pick<Settings, 'GUARD_RETURNS_LAST' | 'GUARD_RETURNS_SHARE' | 'GUARD_COMPLAINTS_SHARE'>,
): 'returns' | 'complaints' | undefined {
  const of = Math.max(mails, settings.GUARD_RETURNS_LAST);
  if (complained > settings.GUARD_COMPLAINTS_SHARE * of) return 'complaints';
  return returned > settings.GUARD_RETURNS_SHARE * of ? 'returns' : undefined;
}

/** Submissions by how one step ended. */
export interface Outcomes {
  failed: number;
  went: number;
}

/** Above this share all of them fail: one or two went before it began. */
const ALL = 0.95;
/** At most this share of those before: else it is as it always is. */
const FEW = 0.5;

/** Whether at once nearly all fail. @param least fewer than these say nothing. */
export function failsAtOnce(now: Outcomes, before: Outcomes, least: number): boolean {
  return now.failed + now.went >= least && shareOf(now) >= ALL && shareOf(before) <= FEW;
}

/** The share that failed; 0 where nothing is known. */
export function shareOf({ failed, went }: Outcomes): number {
  return failed + went === 0 ? 0 : failed / (failed + went);
}
