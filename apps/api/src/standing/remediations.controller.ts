import { Body, Controller, Get, HttpCode, Param, Post, Req, UseInterceptors } from '@nestjs/common';
import { v5 as uuidOf } from 'uuid';
import type { z } from 'zod';
import {
  BACKFILL_OUTCOMES,
  BackfillService,
  DuplicateService,
  RemediationService,
  SubmissionService,
} from '#libs/notifications/index.js';
import { NeedsScope } from '../access/access.js';
import { Operation } from '../docs/operation.js';
import { ActSource } from '../idempotency/idempotency.key.js';
import { Once } from '../idempotency/once.interceptor.js';
import type { CalledRequest } from '../access/key.guard.js';
import { actorIn, orProblem } from '../access/acting.js';
import { Problem } from '../problems/problem.js';
import { idPath, uuidPath } from '../contract/request.terms.js';
import { backfilled, duplicatesMarked, remediation, siblings } from '../contract/standing.answers.js';
import {
  backfillBody,
  duplicatesBody,
  remediationBody,
  unsuccessfulBody,
} from '../contract/standing.requests.js';

/** Remediations have ids in it: the same call makes the same one. */
const NAMESPACE = '7f6d0b58-3c1e-4f0e-9d55-6f2f0a6a1c37';

/** What people did so that a submission reaches the authority. Each is a named person's action, with a word of theirs. */
@Controller('v1')
export class RemediationsController {
  constructor(
    private readonly submissions: SubmissionService,
    private readonly remediations: RemediationService,
    private readonly duplicates: DuplicateService,
    private readonly backfills: BackfillService,
  ) {}

  @Post('submissions/:id/remediations')
  @NeedsScope('operate')
  @UseInterceptors(Once)
  @Operation({
    summary: 'Keep that somebody mended a submission',
    about:
      'As many as there are; the latest counts. A success, which it is unless you say otherwise, makes the submission one that reached the authority. It says nothing of whether the taxpayer was told.',
    takes: remediationBody,
    answers: { 201: remediation },
    problems: ['not-found', 'conflict'],
    once: true,
  })
  async remediate(
    @Param('id', { schema: idPath }) id: string,
    @Body({ schema: remediationBody }) body: z.infer<typeof remediationBody>,
    @Req() request: CalledRequest,
    @ActSource() source: string,
  ) {
    const submission = await this.find(id);
    const asked = { ...acting(body, request), id: uuidOf(source, NAMESPACE) };
    return orProblem(this.remediations.remediate(submission.id, asked));
  }

  @Get('submissions/:id/duplicates')
  @NeedsScope('read')
  @Operation({
    summary: "Find the other submissions of a submission's owner",
    about: 'Of the same user id and tax year, the oldest first. Never by address.',
    answers: { 200: siblings },
    problems: ['not-found', 'invalid-request'],
  })
  async siblings(@Param('id', { schema: idPath }) id: string) {
    const submission = await this.find(id);
    return { items: await this.duplicates.siblings(submission.id) };
  }

  @Post('submissions/:id/duplicates')
  @NeedsScope('operate')
  @HttpCode(200)
  @UseInterceptors(Once)
  @Operation({
    summary: 'Mark what failed of the same person as duplicates of a submission',
    about:
      'All of it or nothing. The submission must have reached the authority itself; those that did too, or are in process, stay as they are. Doing it again marks nothing more.',
    takes: duplicatesBody,
    answers: { 200: duplicatesMarked },
    problems: ['not-found', 'conflict'],
    once: true,
  })
  async markDuplicates(
    @Param('id', { schema: idPath }) id: string,
    @Body({ schema: duplicatesBody }) body: z.infer<typeof duplicatesBody>,
    @Req() request: CalledRequest,
  ) {
    const submission = await this.find(id);
    const made = await orProblem(this.duplicates.markDuplicatesOf(submission.id, acting(body, request)));
    return { remediations: made };
  }

  @Post('remediations')
  @NeedsScope('operate')
  @HttpCode(200)
  @UseInterceptors(Once)
  @Operation({
    summary: 'Keep that the submissions of a list were mended',
    about:
      'Up to 1000 at a time. A list may be sent again, whole: a submission that has a remediation with this `evidence` is left alone. Begin with `dryRun`.',
    takes: backfillBody,
    answers: { 200: backfilled },
    problems: ['conflict'],
    once: true,
  })
  async backfill(
    @Body({ schema: backfillBody }) body: z.infer<typeof backfillBody>,
    @Req() request: CalledRequest,
  ) {
    const entries = await orProblem(this.backfills.run(acting(body, request)));
    const count = (outcome: string) => entries.filter((entry) => entry.outcome === outcome).length;
    const outcomes = Object.fromEntries(BACKFILL_OUTCOMES.map((outcome) => [outcome, count(outcome)]));
    return { dryRun: body.dryRun, outcomes, entries };
  }

  @Post('remediations/:id/unsuccessful')
  @NeedsScope('operate')
  @HttpCode(200)
  @UseInterceptors(Once)
  @Operation({
    summary: 'Take back that a remediation was a success',
    about: 'Adds a note to its life. Where it was the latest, its submission is open again.',
    takes: unsuccessfulBody,
    answers: { 200: remediation },
    problems: ['not-found', 'conflict'],
    once: true,
  })
  async markAsUnsuccessful(
    @Param('id', { schema: uuidPath }) id: string,
    @Body({ schema: unsuccessfulBody }) body: z.infer<typeof unsuccessfulBody>,
    @Req() request: CalledRequest,
    @ActSource() source: string,
  ) {
    const asked = { ...acting(body, request), source };
    const marked = await orProblem(this.remediations.markAsUnsuccessful(id, asked));
    if (!marked) throw Problem.notFound('No remediation of this id is known.');
    return marked;
  }

  private async find(id: string) {
    const found = await this.submissions.find(id);
    if (!found) throw Problem.notFound('No submission of this id is known.');
    return found;
  }
}

/** The body, with who sends it. Where no reason is given the context is one. */
function acting<T extends { context: string; reason?: string }>(body: T, request: CalledRequest) {
  return { ...body, reason: body.reason ?? body.context, actor: actorIn(request) };
}
