import type { NextFunction, Request, Response } from 'express';
import { isEncrypted } from './session.cookie.js';

/** Seconds for which a browser speaks to us by TLS only, once it has: a year. */
const TLS_FOR = 31_536_000;

/**
 * On every answer: nobody keeps it on the way or on a disk, and nobody takes it for another type than it is. Where TLS is spoken, by us
 * or in front of us, browsers are told to stay with it; over plain HTTP they would rightly not listen.
 */
export function safeHeaders(request: Request, response: Response, next: NextFunction): void {
  response.set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' });
  if (isEncrypted(request)) response.set('Strict-Transport-Security', `max-age=${TLS_FOR}`);
  next();
}
