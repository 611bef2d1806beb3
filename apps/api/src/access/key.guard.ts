import { Inject, Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { KeyLimit, KeySessions } from '#libs/keys/index.js';
import type { KeyHolder, KeySession, Scope } from '#libs/keys/index.js';
import { SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { counted } from '#libs/notifications/index.js';
import { RouteAccess } from './access.js';
import { isAtTheMachine } from './at-the-machine.js';
import { FailedKeys } from './failed.keys.js';
import { isSameOrigin } from './same-origin.js';
import { Problem } from '../problems/problem.js';
import { sessionText } from './session.cookie.js';

/** A request that the guard let in; without a caller where none was asked for. */
export interface CalledRequest extends Request {
  caller?: KeyHolder;
  /** By which the caller is known: only where a browser signed in. */
  session?: KeySession;
}

/**
 * Stands before every route. Lets in who holds a key with the route's scope, as a bearer token, as the password of HTTP
 * Basic, or by a session that was opened with it; and as often as the key may call.
 */
@Injectable()
export class KeyGuard implements CanActivate {
  constructor(
    private readonly access: RouteAccess,
    private readonly keys: FailedKeys,
    private readonly sessions: KeySessions,
    private readonly limit: KeyLimit,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    const needed = this.access.of(targets);
    // A route that nobody spoke for does not get this far: see RouteAccess.
    if (needed === undefined) return false;
    if (needed === 'nothing') return true;
    const http = context.switchToHttp();
    const request = http.getRequest<CalledRequest>();
    request.session = await this.sessionOf(request);
    refuseFromElsewhere(request);
    request.caller = request.session?.holder;
    const isOpenHere = this.settings.PREVIEW_OPEN === 'loopback' && this.access.isOpenOnLoopback(targets);
    if (isOpenHere && isAtTheMachine(request)) return true;
    const response = http.getResponse<Response>();
    const holder = request.caller ?? (await this.identify(request, response));
    await this.count(holder, response);
    if (!holder.scopes.includes(needed)) throw lacking(needed, holder);
    request.caller = holder;
    return true;
  }

  /** A key that is sent along counts before it. */
  private async sessionOf(request: Request): Promise<KeySession | undefined> {
    const text = request.headers.authorization ? undefined : sessionText(request);
    return text === undefined ? undefined : this.sessions.find(text);
  }

  private async identify(request: Request, response: Response): Promise<KeyHolder> {
    const key = keyOf(request.headers.authorization ?? '');
    const holder = key === undefined ? undefined : await this.keys.holderOf(key, request);
    if (holder) return holder;
    // Two headers: Chromium does not find Basic behind Bearer in one.
    response.setHeader('WWW-Authenticate', ['Bearer', 'Basic realm="Return Receipt"']);
    throw new Problem(
      401,
      'Unauthorized',
      key === undefined
        ? 'Send a key: Authorization: Bearer KEY. The command `receipt keys create` makes one.'
        : 'This key is unknown, expired or revoked. Send another: Authorization: Bearer KEY. `receipt keys list` shows which there are.',
    );
  }

  private async count(holder: KeyHolder, response: Response): Promise<void> {
    const wait = await this.limit.take(holder.id);
    if (wait === 0) return;
    const seconds = Math.ceil(wait / 1000);
    response.setHeader('Retry-After', String(seconds));
    throw new Problem(
      429,
      'Too Many Requests',
      `The key "${holder.name}" may make ${counted(this.settings.REQUESTS_PER_MINUTE, 'request')} a minute. Send it again after ${counted(seconds, 'second')}.`,
    );
  }
}

/**
 * A browser sends its cookie, and the password of HTTP Basic, for whoever asks it to; forms are asked for their token as well.
 * @throws Problem when another site asks for a change.
 */
function refuseFromElsewhere(request: CalledRequest): void {
  const isSentUnasked = request.session !== undefined || /^basic /i.test(request.headers.authorization ?? '');
  if (isSentUnasked && request.method !== 'GET' && request.method !== 'HEAD' && !isSameOrigin(request))
    throw Problem.of('forbidden', 'This was sent from another site. Open the page here and send it again.');
}

function lacking(scope: Scope, { name, scopes }: KeyHolder): Problem {
  return new Problem(
    403,
    'Forbidden',
    `This needs the scope "${scope}"; the key "${name}" has ${scopes.join(', ') || 'none'}. ` +
      `Use one that has it, or make one: receipt keys create --name NAME --scope ${scope} --reason "…".`,
  );
}

function keyOf(authorization: string): string | undefined {
  const [scheme = '', credentials = ''] = authorization.split(' ');
  if (scheme.toLowerCase() === 'bearer') return credentials;
  if (scheme.toLowerCase() !== 'basic') return undefined;
  return Buffer.from(credentials, 'base64').toString('utf8').split(':').slice(1).join(':');
}
