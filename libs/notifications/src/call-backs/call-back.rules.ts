import type { Settings } from '#libs/platform/index.js';
import type { CallAnswer } from './call-back.answer.js';
import type { Aside, AsideTried, Progress, TakenCallBack } from './call-back.turns.js';
import type { Told } from './call-back.window.js';
import type { FeedPlace } from './feed.place.js';
import type { FeedRow } from './event.feed.js';

/** Calls in a row that nothing came of, after which it goes on without the first event: that one may be what brings it down. */
const PUT_ASIDE_AFTER = 5;
/** The longest that it may ask us to wait, in milliseconds. */
const LONGEST_ASKED = 24 * 3_600_000;

type RetrySettings = Pick<Settings, 'RETRY_BASE' | 'RETRY_CEILING' | 'RETRY_MAX_AGE'>;

/**
 * How far it is after some events, and when it goes on.
 *
 * What fails while others pass is about that event: it is put aside, with tries of its own. Where nothing passes, it is about all of
 * it: it waits where it is, and what comes meanwhile waits with it.
 * @param end the last event that was read, wanted or not.
 */
export function afterWindow(
  taken: TakenCallBack,
  end: FeedPlace,
  told: Told<FeedRow>,
  settings: RetrySettings,
  random: () => number = Math.random,
): Progress {
  const { failures } = told;
  const passes = told.told > 0 || (failures.length === 0 && told.end === undefined);
  const failed = passes && told.told > 0 ? 0 : taken.failures + (passes ? 0 : 1);
  const isTooMuch = !passes && told.end === undefined && failed % PUT_ASIDE_AFTER === 0;
  const aside = told.told > 0 ? failures : isTooMuch ? failures.slice(0, 1) : [];
  const left = new Set(aside.map(({ row }) => row.sequence));
  const isDone = ({ sequence }: FeedRow) => told.answers.get(sequence)?.kind === 'told' || left.has(sequence);
  const firstOpen = told.rows.findIndex((row) => !isDone(row));
  const before = firstOpen < 0 ? end : (told.rows[firstOpen - 1] ?? taken);
  const why = told.end ?? failures[0]?.answer;
  return {
    xid: before.xid,
    sequence: before.sequence,
    state: told.end?.kind === 'gone' ? 'stopped' : 'active',
    failures: failed,
    hasTold: told.told > 0,
    asides: aside.map(({ row, answer }) => ({
      xid: row.xid,
      sequence: row.sequence,
      reason: answer.reason,
      status: answer.status ?? null,
      wait: waitOf(1, settings, random),
    })),
    ...(passes && told.end === undefined
      ? { reason: null, status: null, wait: 0 }
      : {
          reason: why?.reason ?? null,
          status: why?.status ?? null,
          wait: Math.max(waitOf(Math.max(1, failed), settings, random), asked(told.end)),
        }),
  };
}

/** What becomes of events that were tried by themselves. Those that nobody got to, since nothing passed, wait like those that failed. */
export function afterAsides(
  told: Told<Aside>,
  settings: RetrySettings,
  random: () => number = Math.random,
): { tried: AsideTried[]; givenUp: number } {
  const [first] = told.failures;
  const tried = told.rows.flatMap(({ sequence, tries, age }): AsideTried[] => {
    const answer = told.answers.get(sequence) ?? (told.told === 0 ? first?.answer : undefined);
    if (!answer || answer.kind === 'busy' || answer.kind === 'gone') return [];
    if (answer.kind === 'told') return [{ sequence, isTold: true, reason: null, status: null, wait: null }];
    const wait = age >= settings.RETRY_MAX_AGE ? null : waitOf(tries + 1, settings, random);
    return [{ sequence, isTold: false, reason: answer.reason, status: answer.status ?? null, wait }];
  });
  return { tried, givenUp: tried.filter(({ isTold, wait }) => !isTold && wait === null).length };
}

/** Exponential with full jitter, as a mail is tried again: never all at once where one comes back. */
function waitOf(tries: number, { RETRY_BASE, RETRY_CEILING }: RetrySettings, random: () => number): number {
  return Math.max(
    1,
    Math.round(random() * Math.min(RETRY_CEILING, RETRY_BASE * 2 ** Math.min(tries - 1, 30))),
  );
}

function asked(end: Extract<CallAnswer, { kind: 'busy' | 'gone' }> | undefined): number {
  return end?.kind === 'busy' ? Math.min(end.retryAfter ?? 0, LONGEST_ASKED) : 0;
}
