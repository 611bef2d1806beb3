import pg from 'pg';
import { Prisma } from './generated/client.js';

/** Postgres' own code of an error, such as 23505; undefined when Postgres said nothing. */
function sqlStateOf(error: unknown): string | undefined {
  if (error instanceof pg.DatabaseError) return error.code;
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return undefined;
  const { driverAdapterError } = (error.meta ?? {}) as {
    driverAdapterError?: { cause?: { originalCode?: string } };
  };
  return driverAdapterError?.cause?.originalCode;
}

/** A transaction that lost a race and may simply run again: serialization failure or deadlock. */
export function isRaceLost(error: unknown): boolean {
  const state = sqlStateOf(error);
  return (
    state === '40001' ||
    state === '40P01' ||
    (error as { code?: string } | null | undefined)?.code === 'P2034'
  );
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

/** Prisma: cannot reach, timed out, closed the connection, no connection free, no transaction begun or kept, too many connections. */
const away = ['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037'];
/**
 * Postgres: connection broken; too many of them, or no memory or disk; shutting down, starting up; its disk fails. It takes nothing
 * that is written, for another one does now. A statement, or a transaction, took longer than it may, or was ended by somebody.
 */
const awayStates = /^(08|53|57P|58|25006$|57014$|25P0[34]$)/;
/** What `pg` finds out by itself has no code: no connection free in time, or one that broke or is broken off. */
const awayWords =
  /^(timeout expired|timeout exceeded when trying to connect|Query read timeout|Connection terminated|Cannot use a pool after calling end|Client (has encountered a connection error|was closed))/;
const network = [
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN'],
  ...['EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN'],
];

/** Is it the database that cannot be reached just now, so that the same request may pass later? */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientInitializationError) return true;
  if (awayStates.test(sqlStateOf(error) ?? '')) return true;
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code === 'string') return [...away, ...network].includes(code);
  return error instanceof Error && awayWords.test(error.message);
}
