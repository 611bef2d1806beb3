import { randomUUID } from 'node:crypto';
import { Controller, Get, Param, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import {
  AuditTrail,
  KeptReceipts,
  NotificationService,
  RESOLUTIONS,
  ResolutionService,
} from '#libs/notifications/index.js';
import { NeedsScope } from '../../access/access.js';
import type { CalledRequest } from '../../access/key.guard.js';
import { Actor } from '../../access/acting.js';
import { readForm, tokenField } from '../../pages/form.js';
import { SameOriginGuard } from '../../access/same-origin.js';
import { sendPage } from '../../pages/frame.js';
import { Problem } from '../../problems/problem.js';
import { uuidPath } from '../../contract/request.terms.js';
import { readAs, words } from '../form.fields.js';
import { mailPage } from './mail.page.js';
import { RefusalPageFilter } from '../refusal.page.js';
import { TRAIL } from '../trail/trail.part.js';

const about = { evidence: z.string().trim().max(500).optional(), source: z.string().startsWith('ops/') };

const resolution = z.discriminatedUnion('resolution', [
  z.object({ ...about, resolution: z.enum(RESOLUTIONS).exclude(['told-by-other-means']), reason: words }),
  z.object({
    ...about,
    resolution: z.literal('told-by-other-means'),
    context: words,
    back: z.literal('list').optional(),
  }),
]);

/** One mail: its tries, what people did with it, and what can be done. */
@Controller('ops/notifications/:id')
@UseFilters(RefusalPageFilter)
export class OnCallMailController {
  constructor(
    private readonly notifications: NotificationService,
    private readonly resolutions: ResolutionService,
    private readonly receipts: KeptReceipts,
    private readonly trail: AuditTrail,
  ) {}

  @Get()
  @NeedsScope('read')
  async show(@Param('id', { schema: uuidPath }) id: string, @Res() response: Response): Promise<void> {
    const mail = await this.notifications.find(id);
    if (!mail) throw Problem.notFound('No mail of this id is known.');
    const receipts = await this.receipts.of([id]);
    const trail = await this.trail.page({ kind: 'notification', target: id, limit: TRAIL });
    const token = tokenField(response.req);
    sendPage(
      response,
      mailPage({ mail, receipts, trail, token, now: new Date(), source: `ops/${randomUUID()}` }),
    );
  }

  @Post('resolution')
  @NeedsScope('operate')
  @UseGuards(SameOriginGuard)
  async resolve(
    @Param('id', { schema: uuidPath }) id: string,
    @Req() request: CalledRequest,
    @Actor() actor: string,
    @Res() response: Response,
  ): Promise<void> {
    const said = readAs(resolution, await readForm(request));
    const isTold = said.resolution === 'told-by-other-means';
    const reason = isTold ? said.context : said.reason;
    const resolved = await this.resolutions.resolve(id, { ...said, reason, actor });
    if (!resolved) throw Problem.notFound('No mail of this id is known.');
    response.redirect(303, isTold && said.back ? '/ops/unreachable' : `/ops/notifications/${id}`);
  }
}
