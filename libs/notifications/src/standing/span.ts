import { Prisma } from '#libs/platform/index.js';

/** A span of time in stretches of one length. All begin with a quarter of an hour: by these totals are kept. */
export interface Span {
  from: Date;
  /** Milliseconds of a stretch. */
  step: number;
  /** How many stretches. */
  count: number;
}

const HOUR = 3_600_000;

/** How far back on-call looks, in stretches of one length. */
const SPANS = {
  '6h': { step: HOUR / 4, count: 24 },
  '24h': { step: HOUR, count: 24 },
  '7d': { step: 6 * HOUR, count: 28 },
  '30d': { step: 24 * HOUR, count: 30 },
} as const;
export type Last = keyof typeof SPANS;
export const LASTS = ['6h', '24h', '7d', '30d'] as const satisfies readonly Last[];

/** From now back, ending with the stretch that runs. */
export function spanOf(last: Last, now: Date): Span {
  const { step, count } = SPANS[last];
  const end = (Math.floor(now.getTime() / step) + 1) * step;
  return { from: new Date(end - step * count), step, count };
}

/** When the stretch begins that an instant is in. */
export function stretchOf(at: Prisma.Sql, { from, step }: Span): Prisma.Sql {
  return Prisma.sql`date_bin(${step} * interval '1 millisecond', ${at}, ${from.toISOString()}::timestamptz)`;
}

export function isWithin(at: Prisma.Sql, span: Span): Prisma.Sql {
  const until = startOf(span, span.count);
  return Prisma.sql`${at} >= ${span.from.toISOString()}::timestamptz AND ${at} < ${until.toISOString()}::timestamptz`;
}

/** When the n-th stretch begins. */
export function startOf({ from, step }: Span, n: number): Date {
  return new Date(from.getTime() + n * step);
}
