import { createHash, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { Problem } from './problem.js';

/** Lets in who holds the key: as a bearer token, or as the password of HTTP Basic so that a browser can open pages. */
@Injectable()
export class KeyGuard implements CanActivate {
  constructor(@Inject(SETTINGS) protected readonly settings: Settings) {}

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const key = keyOf(http.getRequest<Request>().headers.authorization ?? '');
    if (key !== undefined && sameText(key, this.settings.API_KEY)) return true;
    http.getResponse<Response>().setHeader('WWW-Authenticate', 'Bearer, Basic realm="Return Receipt"');
    throw new Problem(401, 'Unauthorized', 'Send the key: Authorization: Bearer KEY.');
  }
}

/** Sample previews are open to whoever sits at the machine itself, unless the settings say never. */
@Injectable()
export class PreviewGuard extends KeyGuard {
  override canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    const isLocal =
      /^(::1|(::ffff:)?127\.)/.test(request.socket.remoteAddress ?? '') &&
      request.headers['x-forwarded-for'] === undefined;
    return (this.settings.PREVIEW_OPEN === 'loopback' && isLocal) || super.canActivate(context);
  }
}

function keyOf(authorization: string): string | undefined {
  const [scheme = '', credentials = ''] = authorization.split(' ');
  if (scheme.toLowerCase() === 'bearer') return credentials;
  if (scheme.toLowerCase() !== 'basic') return undefined;
  return Buffer.from(credentials, 'base64').toString('utf8').split(':').slice(1).join(':');
}

/** Takes the same time wherever the two differ. */
function sameText(a: string, b: string): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
}
