import type { NextFunction, Request, Response } from 'express';
import { Problem } from '../problems/problem.js';

/** Milliseconds that a body may take to come in: 5 MB by a line of 2 Mbit/s. */
const SLOWEST_BODY = 30_000;

const timers = new WeakMap<Request, NodeJS.Timeout>();

/**
 * Hangs up on whoever takes for ever over a body, be it one that nobody reads: what it would be is decided already, and it
 * holds a connection, and what came of it, for no more than that.
 */
export function hurryBodies(request: Request, response: Response, next: NextFunction): void {
  const timer = setTimeout(() => hangUp(request, response), SLOWEST_BODY);
  timers.set(request, timer);
  request.once('close', () => clearTimeout(timer));
  if (!response.shouldKeepAlive) closeWhenSent(request, response);
  next();
}

/** A stream of lines is as slow as the database: it may go on for as long as something moves. */
export function mayTakeLong(request: Request): void {
  clearTimeout(timers.get(request));
}

/**
 * Who wants no more of the connection is still at sending, perhaps, when the answer is there: closed right then, it would be lost
 * to an error of the network.
 */
function closeWhenSent(request: Request, response: Response): void {
  response.shouldKeepAlive = true;
  response.once('finish', () => {
    if (request.closed) request.socket.end();
    else request.once('close', () => request.socket.end());
  });
}

function hangUp(request: Request, response: Response): void {
  // Whoever has sent everything may wait for an answer.
  if (request.complete) return;
  if (response.headersSent) {
    request.socket.destroy();
    return;
  }
  const detail = `The body took longer than ${SLOWEST_BODY / 1000} seconds to come in. Send it in parts, or as application/x-ndjson where that is taken.`;
  const { document } = new Problem(408, 'Request Timeout', detail);
  response
    .status(408)
    .set('Connection', 'close')
    .type('application/problem+json')
    .send(JSON.stringify(document));
}
