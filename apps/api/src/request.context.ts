import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import { beginSpan, concerning, readTraceparent, traceIdOf } from '#libs/platform/index.js';
import type { OpenSpan } from '#libs/platform/index.js';

/** What a caller may call his request: no address fits into it, and no sentence. */
const REQUEST_ID = /^[\w.-]{1,64}$/;

/** Asked again and again by machines that look after this one: nobody looks for them in a trace. */
const LOOKED_AFTER = /^\/(health|metrics)\b/;

/**
 * The door of every request: its id is on the answer and on each log line, and its trace goes on in what it causes. Where nobody named
 * it, a request that is traced is called by its trace: so a worker's lines name it too.
 */
export function inItsContext(request: Request, response: Response, next: NextFunction): void {
  const parent = readTraceparent(request.get('traceparent'));
  const span = LOOKED_AFTER.test(request.path)
    ? { traceparent: parent, end: nothing }
    : spanOf(request, parent);
  const { traceparent } = span;
  const given = request.get('x-request-id') ?? '';
  const requestId = REQUEST_ID.test(given) ? given : traceparent ? traceIdOf(traceparent) : randomUUID();
  response.setHeader('X-Request-Id', requestId);
  response.once('close', () => endOf(span, request, response));
  concerning({ requestId, traceparent }, next);
}

function spanOf(request: Request, parent: string | undefined): OpenSpan {
  const { method } = request;
  return beginSpan(
    () => ({ name: method, kind: 'server', attributes: { 'http.request.method': method } }),
    parent,
  );
}

/** Its route is known at the end. A path that we do not have may hold anything. */
function endOf(span: OpenSpan, request: Request, response: Response): void {
  const { path } = (request.route ?? {}) as { path?: string };
  span.end({
    name: path === undefined ? request.method : `${request.method} ${path}`,
    hasFailed: response.statusCode >= 500,
    attributes: {
      'http.response.status_code': response.statusCode,
      ...(path === undefined ? {} : { 'http.route': path }),
    },
  });
}

function nothing(): void {
  // There is no span.
}
