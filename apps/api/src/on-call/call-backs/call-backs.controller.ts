import { Controller, Get, Param, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { AuditTrail, CallBackLooks, CallBacks } from '#libs/notifications/index.js';
import { NeedsScope } from '../../access/access.js';
import { Actor } from '../../access/acting.js';
import type { CalledRequest } from '../../access/key.guard.js';
import { SameOriginGuard } from '../../access/same-origin.js';
import { callBackPath } from '../../contract/call-backs.requests.js';
import { readForm, tokenField } from '../../pages/form.js';
import { sendPage } from '../../pages/frame.js';
import { Problem } from '../../problems/problem.js';
import { readAs, words } from '../form.fields.js';
import { RefusalPageFilter } from '../refusal.page.js';
import { TRAIL } from '../trail/trail.part.js';
import { callBackPage } from './call-back.page.js';
import { callBacksPage } from './call-backs.page.js';

const resumeFields = z.object({ reason: words });
const replayFields = resumeFields.extend({ after: z.string().trim().min(1, 'take one from GET /v1/events') });

/** Backends that are told what happens: what keeps them from it, and the way to go on. */
@Controller('ops/call-backs')
@NeedsScope('operate')
@UseFilters(RefusalPageFilter)
export class OnCallCallBacksController {
  constructor(
    private readonly callBacks: CallBacks,
    private readonly looks: CallBackLooks,
    private readonly trail: AuditTrail,
  ) {}

  @Get()
  async list(@Res() response: Response): Promise<void> {
    sendPage(response, callBacksPage(await this.looks.list(), new Date()));
  }

  @Get(':name')
  async show(
    @Param('name', { schema: callBackPath }) name: string,
    @Res() response: Response,
  ): Promise<void> {
    const callBack = await this.looks.find(name);
    if (!callBack) throw Problem.notFound('There is no call-back of this name.');
    const [asides, trail] = await Promise.all([
      this.looks.asides(name),
      this.trail.page({ kind: 'call-back', target: name, limit: TRAIL }),
    ]);
    const token = tokenField(response.req);
    sendPage(response, callBackPage({ callBack, asides, trail, token, now: new Date() }));
  }

  @Post(':name/resume')
  @UseGuards(SameOriginGuard)
  async resume(
    @Param('name', { schema: callBackPath }) name: string,
    @Req() request: CalledRequest,
    @Actor() actor: string,
    @Res() response: Response,
  ): Promise<void> {
    const { reason } = readAs(resumeFields, await readForm(request));
    await this.callBacks.resume(name, { actor, reason });
    response.redirect(303, `/ops/call-backs/${name}`);
  }

  @Post(':name/replay')
  @UseGuards(SameOriginGuard)
  async replay(
    @Param('name', { schema: callBackPath }) name: string,
    @Req() request: CalledRequest,
    @Actor() actor: string,
    @Res() response: Response,
  ): Promise<void> {
    const { reason, after } = readAs(replayFields, await readForm(request));
    await this.callBacks.replay(name, after, { actor, reason });
    response.redirect(303, `/ops/call-backs/${name}`);
  }
}
