import type { NextFunction, Request, Response } from 'express';
import { Problem } from '../problems/problem.js';

const JSON_TYPE = 'application/json';
const CSV_TYPE = 'text/csv';
export const LINES_TYPE = 'application/x-ndjson';
const answered = [JSON_TYPE, 'application/problem+json', LINES_TYPE];

/** Operations that take a stream of lines. */
const streaming = ['POST /v1/notifications', 'POST /v1/submission-status'];

/** Documents of others that are no JSON, or are not called so. */
export const DOCUMENT_TYPES = ['text/plain', 'message/rfc822'];
/** Operations that take documents of others as they come: SNS calls its JSON plain text, and a relay sends mail. */
const taking: Record<string, string[]> = { 'POST /v1/receipts': DOCUMENT_TYPES };

/** 406 for whoever would not understand our answer. */
export function mustBeAcceptable(request: Request, _response: Response, next: NextFunction): void {
  // A problem is JSON there too; who wants a list as CSV need not say so.
  const type = request.path.endsWith('.csv') ? CSV_TYPE : JSON_TYPE;
  if (request.accepts(type === CSV_TYPE ? [CSV_TYPE, ...answered] : answered)) next();
  else
    next(Problem.of('not-acceptable', `Answers are ${type}. Accept that, or leave the header Accept out.`));
}

/** The media types of a body that an operation takes. */
export function typesTakenBy(request: Request): string[] {
  const route = `${request.method} ${request.path}`.replace(/\/$/, '');
  return [JSON_TYPE, ...(streaming.includes(route) ? [LINES_TYPE] : []), ...(taking[route] ?? [])];
}

/** Does an operation judge each entry of a list by itself, or a document as it comes? Others refuse a body as a whole. */
export function judgesByItself(request: Request): boolean {
  const types = typesTakenBy(request);
  return types.includes(LINES_TYPE) ? Array.isArray(request.body) : types.length > 1;
}
