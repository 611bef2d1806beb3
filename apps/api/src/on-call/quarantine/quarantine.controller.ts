import { Controller, Get, Param, Post, Query, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import {
  AuditTrail,
  QuarantineDismissals,
  QuarantineReplays,
  QuarantineService,
  WatchService,
} from '#libs/notifications/index.js';
import { NeedsScope } from '../../access/access.js';
import type { CalledRequest } from '../../access/key.guard.js';
import { Actor } from '../../access/acting.js';
import { readFields, readForm, tokenField } from '../../pages/form.js';
import { SameOriginGuard } from '../../access/same-origin.js';
import { sendPage } from '../../pages/frame.js';
import { Problem } from '../../problems/problem.js';
import { uuidPath } from '../../contract/request.terms.js';
import { readAs, words } from '../form.fields.js';
import { parkedQuery, replayForm } from '../on-call.query.js';
import type { ParkedQuery } from '../on-call.query.js';
import { quarantineEntryPage } from './quarantine-entry.page.js';
import { quarantinePage } from './quarantine.page.js';
import { RefusalPageFilter } from '../refusal.page.js';
import { replayedPage } from './replayed.page.js';
import { pageOf, TRAIL } from '../trail/trail.part.js';

const SHOWN = 50;
const order = z.object({ why: words });
/** The page of one message needs no cap. */
const replayOrder = order.extend({ cap: z.coerce.number().int().min(1).optional() });

/** What could not be applied: to see why, and to put it through its door again. */
@Controller('ops/quarantine')
@NeedsScope('operate')
@UseFilters(RefusalPageFilter)
export class OnCallQuarantineController {
  constructor(
    private readonly watch: WatchService,
    private readonly quarantine: QuarantineService,
    private readonly replays: QuarantineReplays,
    private readonly dismissals: QuarantineDismissals,
    private readonly trail: AuditTrail,
  ) {}

  @Get()
  async list(@Query({ schema: parkedQuery }) query: ParkedQuery, @Res() response: Response): Promise<void> {
    const now = new Date();
    const filter = { ...filterOf(query), until: now };
    const [entries, { matching }] = await Promise.all([
      this.watch.parkedEntries(filter, SHOWN),
      this.replays.plan(filter),
    ]);
    sendPage(response, quarantinePage({ query, entries, matching, now, token: tokenField(response.req) }));
  }

  @Post('replays')
  @UseGuards(SameOriginGuard)
  async replay(
    @Req() request: CalledRequest,
    @Actor() actor: string,
    @Res() response: Response,
  ): Promise<void> {
    const fields = await readFields(request);
    const given = { ...Object.fromEntries(fields), id: fields.getAll('id') };
    const { which, id, until, ...query } = readAs(replayForm, given);
    const { why, cap } = readAs(replayOrder, given);
    if (which === 'selected' && id.length === 0)
      throw Problem.invalid([{ pointer: '/id', detail: 'no message is chosen: go back and choose some' }]);
    const filter = which === 'selected' ? { ids: id } : { ...filterOf(query), until };
    sendPage(response, replayedPage(await this.replays.replay(filter, { actor, reason: why, cap })));
  }

  @Get(':id')
  async show(@Param('id', { schema: uuidPath }) id: string, @Res() response: Response): Promise<void> {
    const entry = await this.quarantine.find(id);
    if (!entry) throw Problem.notFound('Nothing of this id is in quarantine.');
    const trail = await this.trail.page({ kind: 'quarantine', target: id, limit: TRAIL });
    sendPage(response, quarantineEntryPage({ entry, trail, token: tokenField(response.req) }));
  }

  @Post(':id/dismiss')
  @UseGuards(SameOriginGuard)
  async dismiss(
    @Param('id', { schema: uuidPath }) id: string,
    @Req() request: CalledRequest,
    @Actor() actor: string,
    @Res() response: Response,
  ): Promise<void> {
    const { why } = readAs(order, await readForm(request));
    await this.dismissals.dismiss([id], { actor, reason: why });
    response.redirect(303, pageOf('quarantine', id));
  }
}

function filterOf({ taxReturn, ...query }: ParkedQuery) {
  return { ...query, taxReturnId: taxReturn };
}
