import type { NextFunction, Request, Response } from 'express';
import { Lines } from '#libs/platform/index.js';
import { Problem } from '../problems/problem.js';

const JSON_TYPE = 'application/json';
const CSV_TYPE = 'text/csv';
const LINES_TYPE = 'application/x-ndjson';
const answered = [JSON_TYPE, 'application/problem+json', LINES_TYPE];

/** Operations that take a stream of lines. */
const streaming = ['POST /v1/notifications', 'POST /v1/submission-status'];

/** Operations that take documents of others as they come: SNS calls its JSON plain text, and a relay sends mail. */
const taking: Record<string, string[]> = { 'POST /v1/receipts': ['text/plain', 'message/rfc822'] };

/** 406 for whoever would not understand our answer. */
export function mustBeAcceptable(request: Request, _response: Response, next: NextFunction): void {
  // A problem is JSON there too; who wants a list as CSV need not say so.
  const type = request.path.endsWith('.csv') ? CSV_TYPE : JSON_TYPE;
  if (request.accepts(type === CSV_TYPE ? [CSV_TYPE, ...answered] : answered)) next();
  else
    next(Problem.of('not-acceptable', `Answers are ${type}. Accept that, or leave the header Accept out.`));
}

/** 415 for a body that we would not understand. */
export function mustBeReadable(request: Request, _response: Response, next: NextFunction): void {
  const types = [
    JSON_TYPE,
    ...(takesLines(request) ? [LINES_TYPE] : []),
    ...(taking[routeOf(request)] ?? []),
  ];
  if (!hasBody(request) || request.is(types)) next();
  else
    next(
      Problem.of(
        'unsupported-media-type',
        `Send the body with Content-Type: ${types.join(' or ')}, in UTF-8.`,
      ),
    );
}

/** Leaves a stream of lines to its handler, unread. */
export function takeLines(request: Request, _response: Response, next: NextFunction): void {
  if (!takesLines(request) || !request.is(LINES_TYPE)) return next();
  const encoding = request.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity')
    return next(Problem.of('unsupported-media-type', 'Send lines without a Content-Encoding.'));
  request.body = new Lines(request);
  next();
}

function takesLines(request: Request): boolean {
  return streaming.includes(routeOf(request));
}

function routeOf(request: Request): string {
  return `${request.method} ${request.baseUrl}${request.path}`.replace(/\/$/, '');
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
