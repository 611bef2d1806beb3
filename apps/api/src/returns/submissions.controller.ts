import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import type { z } from 'zod';
import { SubmissionService } from '#libs/notifications/index.js';
import { NeedsScope } from '../access/access.js';
import { rejectionCodesKept, submission } from '../contract/returns.answers.js';
import { Operation, problemsOfBody } from '../docs/operation.js';
import { Problem } from '../problems/problem.js';
import { idPath } from '../contract/request.terms.js';
import { rejectionCodesBody } from '../contract/returns.requests.js';

/** What is known of one submission. */
@Controller('v1/submissions/:id')
export class SubmissionsController {
  constructor(private readonly submissions: SubmissionService) {}

  @Get()
  @NeedsScope('read')
  @Operation({
    summary: 'Read a submission',
    about:
      "Its ids, its receipt and what happened to it. `id` is the authority's id, or our own while it has none.",
    answers: { 200: submission },
    problems: ['not-found', 'invalid-request'],
  })
  async read(@Param('id', { schema: idPath }) id: string) {
    const found = await this.submissions.find(id);
    if (!found) throw Problem.notFound('No submission of this id is known.');
    return found;
  }

  @Put('rejection-codes')
  @NeedsScope('enqueue')
  @Operation({
    summary: 'Keep why the authority rejected a submission',
    about: 'Before or after the rejection; the latest codes win. May be repeated.',
    takes: rejectionCodesBody,
    answers: { 200: rejectionCodesKept },
    problems: problemsOfBody(),
  })
  async keepRejectionCodes(
    @Param('id', { schema: idPath }) submissionId: string,
    @Body({ schema: rejectionCodesBody }) body: z.infer<typeof rejectionCodesBody>,
  ) {
    const codes = Array.isArray(body) ? body : body.rejectionCodes;
    await this.submissions.keepRejectionCodes(submissionId, codes);
    return { submissionId, rejectionCodes: codes.length };
  }
}
