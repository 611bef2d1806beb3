import { Body, Controller, Get, HttpCode, Param, Post, Query, UseInterceptors } from '@nestjs/common';
import type { z } from 'zod';
import { NoteService, WhyService } from '#libs/notifications/index.js';
import { NeedsScope } from '../access/access.js';
import { Operation } from '../docs/operation.js';
import { ActSource } from '../idempotency/idempotency.key.js';
import { Once } from '../idempotency/once.interceptor.js';
import { Problem } from '../problems/problem.js';
import { uuidPath } from '../contract/request.terms.js';
import { Actor, orProblem } from '../access/acting.js';
import { noted, notes, why } from '../contract/operate.answers.js';
import { noteBody, noteQuery } from '../contract/operate.requests.js';

/** Why a taxpayer was or was not told, in words; and what people noted for each other. */
@Controller('v1')
export class WhyController {
  constructor(
    private readonly story: WhyService,
    private readonly noting: NoteService,
  ) {}

  @Get('tax-returns/:id/why')
  @NeedsScope('read')
  @Operation({
    summary: 'Why was, or was not, this taxpayer told?',
    about:
      'For each mail that was or was not sent the rules that passed or failed, in sentences; what to do now; and the timeline. Settings are named as they are now.',
    answers: { 200: why },
    problems: ['not-found', 'invalid-request'],
  })
  async why(@Param('id', { schema: uuidPath }) id: string) {
    const told = await this.story.why(id);
    if (!told) throw Problem.notFound('Nothing of this tax return was ever heard of.');
    return told;
  }

  @Get('notes')
  @NeedsScope('read')
  @Operation({
    summary: 'Read the notes on an item, newest first',
    answers: { 200: notes },
    problems: ['invalid-request'],
  })
  async notes(@Query({ schema: noteQuery }) { kind, target }: z.infer<typeof noteQuery>) {
    return { items: await this.noting.list(kind, target) };
  }

  @Post('notes')
  @NeedsScope('operate')
  @HttpCode(201)
  @UseInterceptors(Once)
  @Operation({
    summary: 'Put a note on an item',
    about: 'Part of the audit trail: it is never changed.',
    takes: noteBody,
    answers: { 201: noted },
    problems: ['not-found'],
    once: true,
  })
  async note(
    @Body({ schema: noteBody }) { kind, target, text }: z.infer<typeof noteBody>,
    @Actor() actor: string,
    @ActSource() source: string,
  ) {
    await orProblem(this.noting.add(kind, target, { actor, text, source }));
    return { kind, target };
  }
}
