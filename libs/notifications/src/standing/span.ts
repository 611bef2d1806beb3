import { Prisma } from '#libs/platform/index.js';

/** A span of time in stretches of one length. All begin with a quarter of an hour: by these totals are kept. */
export interface Span {
  from: Date;
  /** Milliseconds of a stretch. */
  step: number;
  /** How many stretches. */
  count: number;
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
