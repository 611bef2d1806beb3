import { NeedsScope } from '../access/access.js';
import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, UseInterceptors } from '@nestjs/common';
import type { Request } from 'express';
import type { z } from 'zod';
import { QuarantineDismissals, QuarantineService, ReplayService } from '#libs/notifications/index.js';
import { quarantined, quarantinePage, replayed } from '../contract/operate.answers.js';
import { Operation } from '../docs/operation.js';
import { Once } from '../idempotency/once.interceptor.js';
import { Actor, orProblem } from '../access/acting.js';
import { afterCursor, pageOf } from '../contract/page.js';
import { Problem } from '../problems/problem.js';
import { dismissBody, quarantineQuery, replayBody } from '../contract/operate.requests.js';
import { uuidPath } from '../contract/request.terms.js';

/** What could not be applied: to see why, and to put it through its door again. */
@Controller('v1/quarantine')
@NeedsScope('operate')
export class QuarantineController {
  constructor(
    private readonly quarantine: QuarantineService,
    private readonly replays: ReplayService,
    private readonly dismissals: QuarantineDismissals,
  ) {}

  @Get()
  @Operation({
    summary: 'List what could not be applied, newest first',
    about:
      'With the reason. What waits for its tax return or submission is applied by itself when that turns up.',
    answers: { 200: quarantinePage },
    problems: ['invalid-request'],
  })
  async list(
    @Query({ schema: quarantineQuery }) query: z.infer<typeof quarantineQuery>,
    @Req() request: Request,
  ) {
    const { resolved, cursor, limit } = query;
    const items = await this.quarantine.page({
      resolved: resolved === 'true',
      after: afterCursor(cursor),
      limit,
    });
    return pageOf(items, { limit, at: (item) => item.receivedAt, url: request.originalUrl });
  }

  @Post(':id/replay')
  @HttpCode(200)
  @UseInterceptors(Once)
  @Operation({
    summary: 'Put one through its door again',
    about:
      'Under its first source, so that replaying twice applies once. What fails again stays, with the newest reason; what somebody dismissed is refused.',
    takes: replayBody,
    answers: { 200: replayed },
    problems: ['not-found', 'conflict'],
    once: true,
  })
  async replay(
    @Param('id', { schema: uuidPath }) id: string,
    @Body({ schema: replayBody }) body: z.infer<typeof replayBody>,
    @Actor() actor: string,
  ) {
    const outcomes = await orProblem(
      this.replays.replay(id, { actor, reason: body?.reason ?? 'no reason was given' }),
    );
    if (!outcomes) throw Problem.notFound('Nothing of this id is in quarantine.');
    return { entries: outcomes, quarantine: await this.quarantine.find(id) };
  }

  @Post(':id/dismiss')
  @HttpCode(200)
  @UseInterceptors(Once)
  @Operation({
    summary: 'Say that nothing is to be done with one',
    about:
      'For what no replay will ever apply, such as a receipt of somebody else. It is kept, with the reason in the audit trail, and nobody is called for it any more.',
    takes: dismissBody,
    answers: { 200: quarantined },
    problems: ['not-found'],
    once: true,
  })
  async dismiss(
    @Param('id', { schema: uuidPath }) id: string,
    @Body({ schema: dismissBody }) { reason }: z.infer<typeof dismissBody>,
    @Actor() actor: string,
  ) {
    await orProblem(this.dismissals.dismiss([id], { actor, reason }));
    return this.quarantine.find(id);
  }
}
