import type { CookieOptions, Request, Response } from 'express';
import { SESSION_LIFE } from '#libs/keys/index.js';

/** What the browser holds of its session; undefined when it holds nothing. */
export function sessionText(request: Request): string | undefined {
  const name = cookieName(request);
  return (request.headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim().split('='))
    .find(([candidate]) => candidate === name)?.[1];
}

export function keepSession(request: Request, response: Response, text: string): void {
  response.cookie(cookieName(request), text, { ...options(request), maxAge: SESSION_LIFE });
}

export function dropSession(request: Request, response: Response): void {
  response.clearCookie(cookieName(request), options(request));
}

/** Behind https a name that browsers take from no other host, sub-domains and plain http included. */
function cookieName(request: Request): string {
  return isEncrypted(request) ? '__Host-return-receipt' : 'return-receipt';
}

/** `lax`, so that a link in a chat or a runbook opens: what changes anything is a form, and those have a token. */
function options(request: Request): CookieOptions {
  return { httpOnly: true, sameSite: 'lax', secure: isEncrypted(request), path: '/' };
}

/** Whoever ends TLS in front of us says so. Who says it untruly only locks himself out. */
export function isEncrypted(request: Request): boolean {
  return request.secure || request.headers['x-forwarded-proto'] === 'https';
}
