import { Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { Problem } from '../problems/problem.js';

/**
 * Keeps other sites from posting in the name of a visitor whose browser holds the key or sits at the machine. Browsers
 * always say where a form came from; what says nothing is no browser.
 */
@Injectable()
export class SameOriginGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (isSameOrigin(context.switchToHttp().getRequest<Request>())) return true;
    throw Problem.of(
      'forbidden',
      'This form was sent from another site. Open the page here and send it again.',
    );
  }
}

/** Whether a page of ours asks, or a program that is no browser. */
export function isSameOrigin({ headers }: Request): boolean {
  const site = headers['sec-fetch-site'];
  return typeof site === 'string'
    ? site === 'same-origin'
    : headers.origin === undefined || hostOf(headers.origin) === headers.host;
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
