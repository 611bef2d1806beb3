import { Controller, Get, Post, Query, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { KeySessions } from '#libs/keys/index.js';
import { NeedsNoKey } from '../access/access.js';
import { FailedKeys } from '../access/failed.keys.js';
import type { CalledRequest } from '../access/key.guard.js';
import { readForm } from '../pages/form.js';
import { SameOriginGuard } from '../access/same-origin.js';
import { sendPage } from '../pages/frame.js';
import { ProblemPageFilter } from '../pages/problem.page.js';
import { nextPath } from '../pages/next.path.js';
import { dropSession, keepSession, sessionText } from '../access/session.cookie.js';
import { signInPage } from './sign-in.page.js';

/** Where people turn their key into a session of their browser, and end it. */
@Controller()
@NeedsNoKey()
@UseFilters(ProblemPageFilter)
export class SignInController {
  constructor(
    private readonly keys: FailedKeys,
    private readonly sessions: KeySessions,
  ) {}

  @Get('sign-in')
  show(@Query('next') next: unknown, @Res() response: Response): void {
    sendPage(response, signInPage(nextPath(next)));
  }

  @Post('sign-in')
  @UseGuards(SameOriginGuard)
  async signIn(@Req() request: CalledRequest, @Res() response: Response): Promise<void> {
    const { key = '', next } = await readForm(request);
    const holder = await this.keys.holderOf(key.trim(), request);
    const session = holder && (await this.sessions.open(holder.id));
    if (!session) return sendPage(response, signInPage(nextPath(next), true), 401);
    // Another one that this browser held is over, not forgotten.
    await this.sessions.close(sessionText(request) ?? '');
    keepSession(request, response, session);
    response.redirect(303, nextPath(next));
  }

  @Post('sign-out')
  @UseGuards(SameOriginGuard)
  async signOut(@Req() request: CalledRequest, @Res() response: Response): Promise<void> {
    const text = sessionText(request) ?? '';
    request.session = await this.sessions.find(text);
    await readForm(request);
    await this.sessions.close(text);
    dropSession(request, response);
    response.redirect(303, '/sign-in');
  }
}
