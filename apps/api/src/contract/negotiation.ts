import type { NextFunction, Request, Response } from 'express';
import { Problem } from '../problems/problem.js';
import { LIST_TYPE } from './upload.body.js';

const JSON_TYPE = 'application/json';
export const XML_TYPE = 'application/xml';
export const EVENTS_TYPE = 'text/event-stream';
export const LINES_TYPE = 'application/x-ndjson';
const answered = [JSON_TYPE, 'application/problem+json', LINES_TYPE];

/** Operations that take a stream of lines. */
const streaming = ['POST /v1/notifications', 'POST /v1/submission-status'];

/** Documents of others that are no JSON, or are not called so. */
export const DOCUMENT_TYPES = ['text/plain', 'message/rfc822'];
/** Operations that take documents of others as they come: SNS calls its JSON plain text, and a relay sends mail. */
const taking: Record<string, string[]> = { 'POST /v1/receipts': DOCUMENT_TYPES };

/** Operations that take a list as it is. */
const listing = ['POST /v1/batches', 'POST /v1/imports'];

/** 406 for whoever would not understand our answer. */
export function mustBeAcceptable(request: Request, _response: Response, next: NextFunction): void {
  const type = typeOfAnswer(request);
  // A problem is JSON everywhere; who wants another type need not say so.
  if (request.accepts(type === JSON_TYPE ? answered : [type, ...answered])) next();
  else
    next(Problem.of('not-acceptable', `Answers are ${type}. Accept that, or leave the header Accept out.`));
}

function typeOfAnswer({ path }: Request): string {
  if (path.endsWith('.csv')) return LIST_TYPE;
  if (/\/status\/events\/?$/.test(path)) return EVENTS_TYPE;
  return path.startsWith('/state-api/xml/') ? XML_TYPE : JSON_TYPE;
}

/** The media types of a body that an operation takes. */
export function typesTakenBy(request: Request): string[] {
  const route = routeOf(request);
  return [
    JSON_TYPE,
    ...(streaming.includes(route) ? [LINES_TYPE] : []),
    ...(listing.includes(route) ? [LIST_TYPE] : []),
    ...(taking[route] ?? []),
  ];
}

/** Does an operation judge each entry of a list by itself, or a document as it comes? Others refuse a body as a whole. */
export function judgesByItself(request: Request): boolean {
  const route = routeOf(request);
  return streaming.includes(route) ? Array.isArray(request.body) : taking[route] !== undefined;
}

function routeOf({ method, path }: Request): string {
  return `${method} ${path}`.replace(/\/$/, '');
}
