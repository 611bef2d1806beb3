import { Controller, Get, Inject, Optional, Res, UseFilters } from '@nestjs/common';
import type { Response } from 'express';
import { NeedsNoKey } from '../access/access.js';
import { sendPage } from '../pages/frame.js';
import { ProblemPageFilter } from '../pages/problem.page.js';
import { startPage } from './start.page.js';

/** Injection token: where mails can be looked at that arrived, for a process that has an inbox of its own. */
export const INBOX_URL = Symbol('inbox URL');

/** Leads from the address of the service to everything it has. Open to all, so it says nothing that is not in the README. */
@Controller()
@NeedsNoKey()
@UseFilters(ProblemPageFilter)
export class StartController {
  constructor(@Optional() @Inject(INBOX_URL) private readonly inboxUrl?: string) {}

  @Get()
  show(@Res() response: Response): void {
    sendPage(response, startPage(this.inboxUrl));
  }
}
