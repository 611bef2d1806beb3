import { Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { Problem } from '../problem.js';

const LARGEST = 64 * 1024;

/**
 * Reads the fields of a form that a page of ours posts. Only routes that call this take forms: elsewhere a body is JSON,
 * which no other site can post in a visitor's name.
 * @throws Problem when it is no form, or too large
 */
export async function readForm(request: Request): Promise<Record<string, string>> {
  if (!request.is('application/x-www-form-urlencoded'))
    throw Problem.of('unsupported-media-type', 'This takes a form: application/x-www-form-urlencoded.');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST) throw Problem.of('content-too-large', 'The form is larger than 64 KB.');
    chunks.push(chunk);
  }
  return Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString('utf8')));
}

/**
 * Keeps other sites from posting in the name of a visitor whose browser holds the key or sits at the machine. Browsers
 * always say where a form came from; what says nothing is no browser.
 */
@Injectable()
export class SameOriginGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<Request>();
    const site = headers['sec-fetch-site'];
    const isOurs =
      typeof site === 'string'
        ? site === 'same-origin'
        : headers.origin === undefined || hostOf(headers.origin) === headers.host;
    if (isOurs) return true;
    throw Problem.of(
      'forbidden',
      'This form was sent from another site. Open the page here and send it again.',
    );
  }
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
