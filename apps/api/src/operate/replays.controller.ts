import { Body, Controller, HttpCode, Post, Res, UseInterceptors } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import { MOST_AT_ONCE, QuarantineReplays, ReplayLists } from '#libs/notifications/index.js';
import { NeedsScope } from '../access/access.js';
import { Operation } from '../docs/operation.js';
import { ActSource } from '../idempotency/idempotency.key.js';
import { Once } from '../idempotency/once.interceptor.js';
import { Actor, orProblem } from '../access/acting.js';
import { batchMade } from '../contract/batches.answers.js';
import { Located } from '../contract/located.interceptor.js';
import { madeAsBatch } from '../contract/made.batch.js';
import { replays } from '../contract/operate.answers.js';
import { replaysBody } from '../contract/operate.requests.js';

/** Puts many parked entries through their doors again. */
@Controller('v1/quarantine/replays')
@NeedsScope('operate')
export class ReplaysController {
  constructor(
    private readonly replaying: QuarantineReplays,
    private readonly lists: ReplayLists,
  ) {}

  @Post()
  @HttpCode(200)
  @UseInterceptors(Located, Once)
  @Operation({
    summary: 'Put many through their doors again',
    about: `Those that the filter finds, oldest first. Replaying twice applies once; what fails again stays, with the newest reason. More than ${MOST_AT_ONCE} become a batch: the answer is 202, with its id and its address, and nothing is done before somebody starts it; that of a dry run ends with its report.`,
    takes: replaysBody,
    answers: { 200: replays, 202: batchMade },
    problems: ['conflict'],
    once: true,
  })
  async replay(
    @Body({ schema: replaysBody }) body: z.infer<typeof replaysBody>,
    @Actor() actor: string,
    @ActSource() source: string,
    @Res({ passthrough: true }) response: Response,
  ) {
    const { filter, dryRun, reason = '', cap } = body;
    const order = { actor, reason: reason || 'a dry run', source, cap, dryRun };
    const id = await this.lists.listed(filter, order);
    if (id !== undefined) return madeAsBatch(response, id);
    if (dryRun) return { dryRun, ...(await orProblem(this.replaying.plan(filter, cap))) };
    const { matching, ...outcomes } = await orProblem(this.replaying.replay(filter, { actor, reason, cap }));
    return { dryRun, matching, outcomes };
  }
}
