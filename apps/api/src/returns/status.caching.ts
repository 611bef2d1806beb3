import type { Request, Response } from 'express';
import type { KnownStatus, StatusAnswers, StatusValue } from '#libs/notifications/index.js';
import { Problem } from '../problems/problem.js';
import { eligibilityBody, statusBody } from './status.body.js';

/** Of the shape of our answers. Another one gives all of them other tags, and believes none that are kept. */
const SHAPE = 1;

/** Seconds until it makes sense to ask again: short while something is expected, long when it is settled. */
export const ASK_AGAIN_AFTER: Record<StatusValue, number> = {
  Pending: 30,
  Error: 300,
  Rejected: 300,
  Accepted: 3_600,
};

/** What is kept of an answer, by its place. */
const TEXTS = { status: 0, eligibility: 1 };
const write = (known: KnownStatus) => [
  JSON.stringify(statusBody(known)),
  JSON.stringify(eligibilityBody(known)),
];

/** Whose status is asked for, and in which words. */
export interface Asked {
  of: { taxReturnId: string } | { submissionId: string };
  text: keyof typeof TEXTS;
  /** What is said when there is none. */
  missing: string;
  /** The newest revision that its asker has heard of. */
  atLeast?: bigint | undefined;
}

/**
 * Sends an answer, unless its asker has it: then nothing is sent. The answer is theirs alone, and is asked for anew each time, so that
 * nobody is shown an older one than they have seen.
 * @throws Problem when nothing is known.
 */
export async function sendUnlessKnown(
  answers: StatusAnswers,
  request: Request,
  response: Response,
  { of, text, missing, atLeast }: Asked,
): Promise<void> {
  const tags = request.headers['if-none-match'];
  const has = tags === undefined ? undefined : (revision: string) => isTagOf(revision, tags);
  const asked = { has, atLeast, shape: SHAPE, write };
  const answer = await ('taxReturnId' in of
    ? answers.ofReturn({ ...asked, taxReturnId: of.taxReturnId })
    : answers.ofSubmission(of.submissionId, asked));
  if (!answer) throw Problem.notFound(missing);
  response.setHeader('Cache-Control', 'private, no-cache');
  response.setHeader('ETag', tagOf(answer.revision));
  if ('isUnchanged' in answer) {
    response.status(304).end();
    return;
  }
  response.setHeader('Retry-After', String(ASK_AGAIN_AFTER[answer.status]));
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.end(answer.texts[TEXTS[text]] ?? '');
}

/**
 * A browser's `fetch` that sends a tag sends `Cache-Control: no-cache` as well: it asks us, and may hear that nothing has changed.
 * @param tags as `If-None-Match` has them.
 */
export function isTagOf(revision: string, tags: string): boolean {
  const tag = tagOf(revision);
  return tags === tag || tags.split(',').some((one) => one.trim().replace(/^W\//, '') === tag);
}

export function tagOf(revision: string): string {
  return `"${SHAPE}-${revision}"`;
}
