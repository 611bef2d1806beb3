import { Prisma } from './generated/client.js';

/** Postgres' own code of an error, such as 23505; undefined when Postgres said nothing. */
function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return undefined;
  const { driverAdapterError } = (error.meta ?? {}) as {
    driverAdapterError?: { cause?: { originalCode?: string } };
  };
  return driverAdapterError?.cause?.originalCode;
}

/** A transaction that lost a race and may simply run again: serialization failure or deadlock. */
export function isRaceLost(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === '40001' || state === '40P01' || (error as { code?: string }).code === 'P2034';
}

/**
 * Is it what was to be stored that is at fault (bad data, a broken constraint, an error of ours), so that storing it
 * again fails again? A positive list: whatever else goes wrong is the database's or the network's, and may pass.
 */
export function isFaultOfData(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state !== undefined) return state.startsWith('22') || state.startsWith('23');
  return [Prisma.PrismaClientValidationError, TypeError, RangeError].some((kind) => error instanceof kind);
}
