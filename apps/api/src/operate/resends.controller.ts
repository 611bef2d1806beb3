import { Body, Controller, HttpCode, Param, Post, Res, UseInterceptors } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import { ResendLists, ResendService, ResolutionService } from '#libs/notifications/index.js';
import { NeedsScope } from '../access/access.js';
import { Operation } from '../docs/operation.js';
import { ActSource } from '../idempotency/idempotency.key.js';
import { Once } from '../idempotency/once.interceptor.js';
import { Problem } from '../problems/problem.js';
import { uuidPath } from '../contract/request.terms.js';
import { Actor, orProblem } from '../access/acting.js';
import { batchMade } from '../contract/batches.answers.js';
import { Located } from '../contract/located.interceptor.js';
import { madeAsBatch } from '../contract/made.batch.js';
import { ours, resendBody, resendsBody, resolutionBody } from '../contract/operate.requests.js';
import { resends, resent, resolved } from '../contract/operate.answers.js';
import { resendManyWords, resendWords, resolveWords } from './operate.words.js';

/** Tells taxpayers after all: one or many, by a named person, with a reason. */
@Controller('v1')
@NeedsScope('operate')
export class ResendsController {
  constructor(
    private readonly resendings: ResendService,
    private readonly lists: ResendLists,
    private readonly resolutions: ResolutionService,
  ) {}

  @Post('notifications/:id/resend')
  @HttpCode(202)
  @UseInterceptors(Once)
  @Operation({
    ...resendWords,
    takes: resendBody,
    answers: { 202: resent },
    problems: ['not-found', 'conflict'],
    once: true,
  })
  async one(
    @Param('id', { schema: uuidPath }) id: string,
    @Body({ schema: resendBody }) body: z.infer<typeof resendBody>,
    @Actor() actor: string,
    @ActSource() source: string,
  ) {
    const done = await orProblem(this.resendings.resendOne(id, { ...body, actor, source }));
    if (!done) throw Problem.notFound('No notification of this id is known.');
    return done;
  }

  @Post('resends')
  @HttpCode(200)
  @UseInterceptors(Located, Once)
  @Operation({
    ...resendManyWords,
    takes: resendsBody,
    answers: { 200: resends, 202: batchMade },
    problems: ['conflict'],
    once: true,
  })
  async many(
    @Body({ schema: resendsBody }) body: z.infer<typeof resendsBody>,
    @Actor() actor: string,
    @ActSource() source: string,
    @Res({ passthrough: true }) response: Response,
  ) {
    const { dryRun, reason = '', cap, override } = body;
    const filter = ours(body.filter);
    const order = { actor, reason: reason || 'a dry run', source, cap, override, dryRun };
    const id = await this.lists.listed(filter, order);
    if (id !== undefined) return madeAsBatch(response, id);
    const counts = dryRun
      ? await orProblem(this.resendings.plan(filter, { source, override, cap }))
      : await orProblem(this.resendings.resend(filter, { actor, reason, source, cap, override }));
    return { dryRun, ...counts };
  }

  @Post('notifications/:id/resolution')
  @HttpCode(200)
  @UseInterceptors(Once)
  @Operation({
    ...resolveWords,
    takes: resolutionBody,
    answers: { 200: resolved },
    problems: ['not-found', 'conflict'],
    once: true,
  })
  async resolve(
    @Param('id', { schema: uuidPath }) id: string,
    @Body({ schema: resolutionBody }) body: z.infer<typeof resolutionBody>,
    @Actor() actor: string,
    @ActSource() source: string,
  ) {
    const { reason = body.context ?? '' } = body;
    const done = await orProblem(this.resolutions.resolve(id, { ...body, reason, actor, source }));
    if (!done) throw Problem.notFound('No notification of this id is known.');
    return { ...done, resolution: body.resolution };
  }
}
