import { randomUUID } from 'node:crypto';
import { Controller, Get, Post, Query, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { MOST_AT_ONCE, ResendLists, ResendService } from '#libs/notifications/index.js';
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
import { manyPage } from './many.page.js';
import { resentPage } from './resent.page.js';

/** Mails that a look counts: of more it says "or more". */
const MOST_COUNTED = 100_000;

/** What the dry run hands on, and what the person adds. */
const order = z.object({
  why: words,
  cap: z.coerce.number().int().min(1),
  source: z.string().startsWith('ops/'),
  /** Its page promised a report first: so it is, even where few match by now. */
  report: z.literal('yes').optional(),
});

/** Tells taxpayers after all: first what would be done, then doing it once. */
@Controller('ops/resend')
@NeedsScope('operate')
@UseFilters(RefusalPageFilter)
export class OnCallResendController {
  constructor(
    private readonly resends: ResendService,
    private readonly lists: ResendLists,
  ) {}

  @Get()
  async plan(@Query({ schema: resendQuery }) asked: ResendQuery, @Res() response: Response): Promise<void> {
    // What is asked for from here on was not looked at. What fails meanwhile is for the cap.
    const query = { ...asked, until: asked.until ?? new Date() };
    const filter = resendFilterOf(query);
    const form = { query, token: tokenField(response.req), source: `ops/${randomUUID()}` };
    // Ids are few. Of a filter the database counts before anybody looks at each.
    const found = query.id.length > 0 ? 0 : await this.lists.found(filter, MOST_COUNTED);
    if (found > MOST_AT_ONCE)
      return sendPage(response, manyPage({ ...form, found, isAll: found < MOST_COUNTED }));
    const counts = await this.resends.plan(filter, { override: query.override });
    sendPage(response, dryRunPage({ ...form, counts }));
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
    const { why, cap, source, report } = readAs(order, given);
    const filter = resendFilterOf(query);
    const ordered = { actor, reason: why, override: query.override, cap, source };
    const listing = { ...ordered, dryRun: false, always: report !== undefined };
    const batch = query.id.length > 0 ? undefined : await this.lists.listed(filter, listing);
    if (batch !== undefined) return response.redirect(303, `/ops/batches/${batch}`);
    const counts = await this.resends.resend(filter, ordered);
    sendPage(response, resentPage(counts));
  }
}
