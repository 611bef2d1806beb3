import { Body, Controller, HttpCode, Post, UseInterceptors } from '@nestjs/common';
import type { z } from 'zod';
import { QuarantineReplays } from '#libs/notifications/index.js';
import { NeedsScope } from '../access/access.js';
import { Operation } from '../docs/operation.js';
import { Once } from '../idempotency/once.interceptor.js';
import { Actor, orProblem } from '../access/acting.js';
import { replays } from '../contract/operate.answers.js';
import { replaysBody } from '../contract/operate.requests.js';

/** Puts many parked entries through their doors again. */
@Controller('v1/quarantine/replays')
@NeedsScope('operate')
export class ReplaysController {
  constructor(private readonly replaying: QuarantineReplays) {}

  @Post()
  @HttpCode(200)
  @UseInterceptors(Once)
  @Operation({
    summary: 'Put many through their doors again',
    about:
      'Those that the filter finds, oldest first. Replaying twice applies once; what fails again stays, with the newest reason.',
    takes: replaysBody,
    answers: { 200: replays },
    problems: ['conflict'],
    once: true,
  })
  async replay(@Body({ schema: replaysBody }) body: z.infer<typeof replaysBody>, @Actor() actor: string) {
    const { filter, dryRun, reason = '', cap } = body;
    if (dryRun) return { dryRun, ...(await orProblem(this.replaying.plan(filter, cap))) };
    const { matching, ...outcomes } = await orProblem(this.replaying.replay(filter, { actor, reason, cap }));
    return { dryRun, matching, outcomes };
  }
}
