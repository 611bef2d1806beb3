import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { PauseService } from '#libs/notifications/index.js';
import { NeedsScope } from '../access/access.js';
import { Operation, problemsOfBody } from '../docs/operation.js';
import { Problem } from '../problems/problem.js';
import { Actor } from '../access/acting.js';
import { paused, pauses, resumed } from '../contract/operate.answers.js';
import { pauseBody, pausePath, resumeBody } from '../contract/operate.requests.js';

/** Holds mails back, and lets them go on. Each call may be repeated. */
@Controller('v1/pauses')
export class PausesController {
  constructor(private readonly pausing: PauseService) {}

  @Get()
  @NeedsScope('read')
  @Operation({
    summary: 'List what is paused',
    about: 'With who paused it (a person, or a guard by itself), why, and how many mails wait.',
    answers: { 200: pauses },
  })
  async list() {
    return { items: await this.pausing.list() };
  }

  @Post()
  @NeedsScope('operate')
  @HttpCode(200)
  @Operation({
    summary: 'Pause a template, a lane, or everything',
    about:
      'Its mails wait and nothing fails; what a worker has begun goes on. A mail that waits longer than TOLD_WITHIN counts as untold, as it should.',
    takes: pauseBody,
    answers: { 200: paused },
    problems: problemsOfBody(),
  })
  async pause(
    @Body({ schema: pauseBody }) { template, reason }: z.infer<typeof pauseBody>,
    @Actor() actor: string,
  ) {
    return { template, created: await this.pausing.pause(template, { actor, reason }) };
  }

  @Delete(':template')
  @NeedsScope('operate')
  @Operation({
    summary: 'Resume it',
    about:
      'What waited goes on by itself. A template stays paused while its lane or `all` is. What guards count begins anew.',
    takes: resumeBody,
    answers: { 200: resumed },
    problems: problemsOfBody('not-found'),
  })
  async resume(
    @Param('template', { schema: pausePath }) template: z.infer<typeof pausePath>,
    @Body({ schema: resumeBody }) { reason }: z.infer<typeof resumeBody>,
    @Actor() actor: string,
  ) {
    const queued = await this.pausing.resume(template, { actor, reason });
    if (queued === undefined) throw Problem.notFound('This is not paused.');
    return { template, queued };
  }
}
