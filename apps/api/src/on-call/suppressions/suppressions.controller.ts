import { Controller, Get, Param, Post, Query, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { AuditTrail, NoteService, Suppressions } from '#libs/notifications/index.js';
import { NeedsScope } from '../../access/access.js';
import type { CalledRequest } from '../../access/key.guard.js';
import { Actor } from '../../access/acting.js';
import { readForm, tokenField } from '../../pages/form.js';
import { SameOriginGuard } from '../../access/same-origin.js';
import { sendPage } from '../../pages/frame.js';
import { Problem } from '../../problems/problem.js';
import { afterCursor, pageOf } from '../../contract/page.js';
import { uuidPath } from '../../contract/request.terms.js';
import { readAs, words } from '../form.fields.js';
import { listQuery } from '../on-call.query.js';
import type { ListQuery } from '../on-call.query.js';
import { RefusalPageFilter } from '../refusal.page.js';
import { suppressionsPage } from './suppressions.page.js';
import { suppressionPage } from './suppression.page.js';
import { TRAIL } from '../trail/trail.part.js';

const form = z.object({ reason: words });
const SHOWN = 100;

/** Addresses that nothing is sent to, and the way to send there again. */
@Controller('ops/suppressions')
@NeedsScope('operate')
@UseFilters(RefusalPageFilter)
export class OnCallSuppressionsController {
  constructor(
    private readonly suppressions: Suppressions,
    private readonly notes: NoteService,
    private readonly trail: AuditTrail,
  ) {}

  @Get()
  async list(
    @Query({ schema: listQuery }) { cursor }: ListQuery,
    @Req() request: CalledRequest,
    @Res() response: Response,
  ): Promise<void> {
    const shown = await this.suppressions.page({ active: true, after: afterCursor(cursor), limit: SHOWN });
    const page = pageOf(shown, { limit: SHOWN, at: (one) => one.createdAt, url: request.originalUrl });
    const items = await this.notes.withNotes('suppression', page.items);
    sendPage(response, suppressionsPage({ ...page, items }, tokenField(request)));
  }

  @Get(':id')
  async show(@Param('id', { schema: uuidPath }) id: string, @Res() response: Response): Promise<void> {
    const suppression = await this.suppressions.find(id);
    if (!suppression) throw Problem.notFound('No suppression of this id is known.');
    const trail = await this.trail.page({ kind: 'suppression', target: id, limit: TRAIL });
    const token = tokenField(response.req);
    sendPage(response, suppressionPage({ suppression, trail, token, now: new Date() }));
  }

  @Post(':id/lift')
  @UseGuards(SameOriginGuard)
  async lift(
    @Param('id', { schema: uuidPath }) id: string,
    @Req() request: CalledRequest,
    @Actor() actor: string,
    @Res() response: Response,
  ): Promise<void> {
    const { reason } = readAs(form, await readForm(request));
    if (!(await this.suppressions.lift(id, { actor, reason })))
      throw Problem.notFound('No suppression of this id is known.');
    response.redirect(303, '/ops/suppressions');
  }
}
