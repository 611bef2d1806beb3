import { networkReason, StartError } from './start.error.js';

/** What Postgres' own codes mean for whoever starts a process. */
const SENTENCES: Record<string, string> = {
  '28P01': 'does not accept the user and password of the URL: correct them',
  '28000': 'does not let this user in from here: correct the URL, or its pg_hba.conf',
  '3D000': 'has no database of this name: create it, or correct the URL',
  '42501': 'does not let this user create tables: grant it CREATE on the database',
  '25006': 'takes no writes: it is a standby, or read-only: correct the URL',
  '53300':
    'has no connection left: end what is not needed, lower DATABASE_POOL, or raise its max_connections',
  '57P03': 'is still starting: try again in a moment',
};

/** The error of a first contact with Postgres as one sentence, where it is one that a setting can mend; else as it is. */
export function databaseProblem(url: string, error: unknown): unknown {
  if (error instanceof StartError) return error;
  const { code = '', message = '' } = error as { code?: string; message?: string };
  const place = `Postgres at ${new URL(url).host}`;
  const sentence = SENTENCES[code];
  if (sentence) return new StartError([`DATABASE_URL: ${place} ${sentence}.`]);
  const reason = networkReason(error);
  if (reason)
    return new StartError([
      `DATABASE_URL: ${place} cannot be reached (${reason}): start it, or correct the URL.`,
    ]);
  if (/SSL|certificate|SASL|password must be a string/i.test(message))
    return new StartError([
      `DATABASE_URL: ${place} and the URL do not agree on password or TLS: ${message}.`,
    ]);
  return error;
}
