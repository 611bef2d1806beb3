import type { Request } from 'express';

/** Where people land who asked for no page. */
const FIRST_PAGE = '/ops';

/** The page to go to after signing in: one of ours, whatever somebody wrote into the link. */
export function nextPath(asked: unknown): string {
  if (typeof asked !== 'string' || !URL.canParse(asked, HERE)) return FIRST_PAGE;
  const { origin, pathname, search } = new URL(asked, HERE);
  // `/.//elsewhere` is a path of ours here, and to a browser another host.
  const isOurs = origin === HERE && !pathname.startsWith('//') && !/^\/sign-(in|out)\b/.test(pathname);
  return isOurs ? `${pathname}${search}` : FIRST_PAGE;
}

/** The page that asks for a key and then goes on to where this request wanted to. */
export function signInPath(request: Request): string {
  const isLook = request.method === 'GET' || request.method === 'HEAD';
  // What a form wanted to do is lost; its page is where to do it again.
  const wanted = isLook ? request.originalUrl : pathOfReferer(request.headers.referer);
  return `/sign-in?${new URLSearchParams({ next: nextPath(wanted) }).toString()}`;
}

function pathOfReferer(referer: string | undefined): string | undefined {
  if (referer === undefined || !URL.canParse(referer)) return undefined;
  const { pathname, search } = new URL(referer);
  return `${pathname}${search}`;
}

/** No host that is: only whether a path stays where it began is of interest. */
const HERE = 'http://here.invalid';
