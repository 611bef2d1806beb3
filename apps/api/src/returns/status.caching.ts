import type { Request, Response } from 'express';
import type { KnownStatus, Revision, StatusValue } from '#libs/notifications/index.js';
import { Problem } from '../problems/problem.js';

/** Of the shape of our answers. Another one gives all of them other tags. */
const SHAPE = 1;

/** Seconds until it makes sense to ask again: short while something is expected, long when it is settled. */
export const ASK_AGAIN_AFTER: Record<StatusValue, number> = {
  Pending: 30,
  Error: 300,
  Rejected: 300,
  Accepted: 3_600,
};

/** Whose status is asked for. */
export interface Asked {
  find: () => Promise<Revision | undefined>;
  /** Where it is known without looking. */
  taxReturnId?: string;
  read: (taxReturnId: string) => Promise<KnownStatus | undefined>;
  /** What is said when there is none. */
  missing: string;
}

/**
 * Reads a status for an answer, unless its asker has it: then nothing but a number is read, and nothing is sent. The answer is
 * theirs alone, and is asked for anew each time, so that nobody is shown an older one than they have seen.
 * @returns undefined when the answer is 304 already.
 * @throws Problem when nothing is known.
 */
export async function readUnlessKnown(
  request: Request,
  response: Response,
  { find, taxReturnId, read, missing }: Asked,
): Promise<KnownStatus | undefined> {
  response.set('Cache-Control', 'private, no-cache');
  const isConditional = request.headers['if-none-match'] !== undefined;
  const found = isConditional || taxReturnId === undefined ? await find() : { taxReturnId };
  if (found && 'revision' in found && isKnown(request, response, found.revision)) return undefined;
  const status = found && (await read(found.taxReturnId));
  if (!status) throw Problem.notFound(missing);
  response.set({ ETag: tagOf(status.revision), 'Retry-After': String(ASK_AGAIN_AFTER[status.status]) });
  return status;
}

/** A browser's `fetch` that sends a tag sends `Cache-Control: no-cache` as well: it asks us, and may hear that nothing has changed. */
function isKnown(request: Request, response: Response, revision: string): boolean {
  if (!isTagOf(revision, request.headers['if-none-match'] ?? '')) return false;
  response.set('ETag', tagOf(revision)).status(304);
  return true;
}

/** @param tags as `If-None-Match` has them. */
export function isTagOf(revision: string, tags: string): boolean {
  const known = tags.split(',').map((one) => one.trim().replace(/^W\//, ''));
  return known.includes(tagOf(revision));
}

export function tagOf(revision: string): string {
  return `"${SHAPE}-${revision}"`;
}
