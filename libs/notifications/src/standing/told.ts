import { Prisma } from '#libs/platform/index.js';
import type { NotificationState } from '#libs/platform/index.js';

/** Was the taxpayer told by this mail? `success` and `in-process` by facts; everything else is a failure. */
export type Standing = 'success' | 'in-process' | 'failure';
export const STANDINGS = ['success', 'in-process', 'failure'] as const satisfies readonly Standing[];

/** As much of a notification as tells where it stands. */
export interface Told {
  state: NotificationState;
  reason: string | null;
  openedAt: Date;
  bouncedAt: Date | null;
}

const ON_ITS_WAY = ['queued', 'sending'] as const satisfies readonly NotificationState[];

/**
 * What overtook a mail is what the taxpayer is told instead, also of one that came back. Any other reason to withhold leaves
 * them untold.
 */
const SUPERSEDED = 'superseded-by-';

/** How such reasons begin, for a statement that is prepared. */
export const SUPERSEDED_TEXT = SUPERSEDED;

/** Did something take the place of a mail, by its reason? Whoever asks, in code or in SQL, asks here; the column `is_told` says the same. */
export function isSuperseded(reason: string | null): boolean {
  return reason?.startsWith(SUPERSEDED) === true;
}

/** The same of a column or expression. */
export function supersededSql(reason: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`coalesce(${reason} LIKE ${`${SUPERSEDED}%`}, false)`;
}

/**
 * Handed over and not come back, or superseded: success. On its way inside its time box: in process.
 * @param box milliseconds within which telling counts as in process. At its very end it is a failure.
 */
export function standingOf({ state, reason, openedAt, bouncedAt }: Told, now: Date, box: number): Standing {
  const isOvertaken = isSuperseded(reason);
  if (state === 'handed_over') return bouncedAt === null || isOvertaken ? 'success' : 'failure';
  if (state === 'withheld') return isOvertaken ? 'success' : 'failure';
  const isOpen = ON_ITS_WAY.some((one) => one === state);
  return isOpen && now.getTime() - openedAt.getTime() < box ? 'in-process' : 'failure';
}

/** The same for many rows, as a condition. That a row is a success the database derives itself, as `is_told`. */
export function whereStanding(standing: Standing, now: Date, box: number): Prisma.NotificationWhereInput {
  if (standing === 'success') return { isTold: true };
  const isOpen = { state: { in: [...ON_ITS_WAY] }, openedAt: { gt: new Date(now.getTime() - box) } };
  return standing === 'in-process' ? { isTold: false, ...isOpen } : { isTold: false, NOT: isOpen };
}

/** The same as an expression over a notification `n`. */
export function toldSql(now: Date, box: number): Prisma.Sql {
  const since = new Date(now.getTime() - box).toISOString();
  return Prisma.sql`CASE
    WHEN n.is_told THEN 'success'
    WHEN n.state = ANY(${[...ON_ITS_WAY]}::notification_state[]) AND n.opened_at > ${since}::timestamptz THEN 'in-process'
    ELSE 'failure' END`;
}

/**
 * That a notification `n` is a failure, for a statement that is prepared.
 * @param since the parameter that says since when what is on its way is in process.
 */
export function failureText(since: string): string {
  const onItsWay = ON_ITS_WAY.map((state) => `'${state}'`).join(', ');
  return `NOT n.is_told AND NOT (n.state::text IN (${onItsWay}) AND n.opened_at > ${since}::timestamptz)`;
}
