import { CommanderError } from 'commander';
import { NotDone, note, WronglyCalled } from './terminal.js';

/** Says what went wrong in one sentence where we know it, else the whole error. @returns the exit code. */
export async function endFor(error: unknown): Promise<number> {
  // Help and version end this way too, with 0; everything else was said already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const { StartError } = await import('#libs/platform/index.js');
  if (error instanceof WronglyCalled || error instanceof StartError) {
    note(error.message);
    return 2;
  }
  note(
    error instanceof NotDone
      ? error.message
      : (sentenceFor(error) ?? String((error as Error).stack ?? error)),
  );
  return 1;
}

/** What Prisma's codes mean to an operator. */
function sentenceFor(error: unknown): string | undefined {
  switch ((error as { code?: unknown }).code) {
    case 'P1000':
      return 'Postgres refuses the user or password of DATABASE_URL.';
    case 'P1001':
    case 'P1002':
    case 'P1017':
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
    case 'ETIMEDOUT':
      return 'Postgres does not answer at DATABASE_URL. Check its host and port, and that it runs.';
    case 'P1003':
      return 'The database that DATABASE_URL names does not exist.';
    case 'P2021':
    case 'P2022':
      return 'The tables of this release are not there yet: start the API or a worker once, which makes them.';
    default:
      return undefined;
  }
}
