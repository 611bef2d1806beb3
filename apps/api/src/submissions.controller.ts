import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import type { z } from 'zod';
import { SubmissionService } from '#libs/notifications/index.js';
import { NeedsScope } from './access.js';
import { Problem } from './problem.js';
import { idPath, rejectionCodesBody } from './request.schemas.js';
import { statusBody } from './status.body.js';

/** What is known of one submission. */
@Controller('v1/submissions/:id')
export class SubmissionsController {
  constructor(private readonly submissions: SubmissionService) {}

  @Get()
  @NeedsScope('read')
  async read(@Param('id', { schema: idPath }) id: string) {
    return this.find(id);
  }

  @Get('status')
  @NeedsScope('status')
  async status(@Param('id', { schema: idPath }) id: string) {
    const { taxReturnId } = await this.find(id);
    return statusBody(await this.submissions.statusOf(taxReturnId));
  }

  @Put('rejection-codes')
  @NeedsScope('enqueue')
  async keepRejectionCodes(
    @Param('id', { schema: idPath }) submissionId: string,
    @Body({ schema: rejectionCodesBody }) body: z.infer<typeof rejectionCodesBody>,
  ) {
    const codes = Array.isArray(body) ? body : body.rejectionCodes;
    await this.submissions.keepRejectionCodes(submissionId, codes);
    return { submissionId, rejectionCodes: codes.length };
  }

  private async find(id: string) {
    const found = await this.submissions.find(id);
    if (!found) throw Problem.notFound('No submission of this id is known.');
    return found;
  }
}
