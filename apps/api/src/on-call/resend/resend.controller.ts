import { randomUUID } from 'node:crypto';
import { Controller, Get, Post, Query, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { ResendService } from '#libs/notifications/index.js';
import { NeedsScope } from '../../access/access.js';
import type { CalledRequest } from '../../access/key.guard.js';
import { Actor } from '../../access/acting.js';
import { readFields, tokenField } from '../../pages/form.js';
import { SameOriginGuard } from '../../access/same-origin.js';
import { sendPage } from '../../pages/frame.js';
import { readAs, words } from '../form.fields.js';
import { resendFilterOf, resendQuery } from '../on-call.query.js';
import type { ResendQuery } from '../on-call.query.js';
import { RefusalPageFilter } from '../refusal.page.js';
import { dryRunPage } from './dry-run.page.js';
import { resentPage } from './resent.page.js';

/** What the dry run hands on, and what the person adds. */
const order = z.object({
  why: words,
  cap: z.coerce.number().int().min(1),
  source: z.string().startsWith('ops/'),
});

/** Tells taxpayers after all: first what would be done, then doing it once. */
@Controller('ops/resend')
@NeedsScope('operate')
@UseFilters(RefusalPageFilter)
export class OnCallResendController {
  constructor(private readonly resends: ResendService) {}

  @Get()
  async plan(@Query({ schema: resendQuery }) asked: ResendQuery, @Res() response: Response): Promise<void> {
    // What is asked for from here on was not looked at. What fails meanwhile is for the cap.
    const query = { ...asked, until: asked.until ?? new Date() };
    const counts = await this.resends.plan(resendFilterOf(query), { override: query.override });
    const token = tokenField(response.req);
    sendPage(response, dryRunPage({ query, counts, token, source: `ops/${randomUUID()}` }));
  }

  @Post()
  @UseGuards(SameOriginGuard)
  async resend(
    @Req() request: CalledRequest,
    @Actor() actor: string,
    @Res() response: Response,
  ): Promise<void> {
    const fields = await readFields(request);
    const given = {
      ...Object.fromEntries(fields),
      id: fields.getAll('id'),
      override: fields.getAll('override'),
    };
    const query = readAs(resendQuery, given);
    const { why, cap, source } = readAs(order, given);
    const counts = await this.resends.resend(resendFilterOf(query), {
      actor,
      reason: why,
      override: query.override,
      cap,
      source,
    });
    sendPage(response, resentPage(counts));
  }
}
