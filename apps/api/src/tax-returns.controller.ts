import { Body, Controller, Get, HttpCode, Param, Put } from '@nestjs/common';
import type { z } from 'zod';
import {
  DirectoryService,
  RegistrationConflict,
  SubmissionService,
  UnknownTaxReturn,
} from '#libs/notifications/index.js';
import { NeedsScope } from './access.js';
import { Problem } from './problem.js';
import { idPath, submissionBody, taxReturnBody, uuidPath } from './request.schemas.js';
import { statusBody } from './status.body.js';

/** Registers returns and submissions, and says where a return stands. */
@Controller('v1/tax-returns/:id')
export class TaxReturnsController {
  constructor(
    private readonly directory: DirectoryService,
    private readonly submissions: SubmissionService,
  ) {}

  @Put()
  @NeedsScope('enqueue')
  async register(
    @Param('id', { schema: uuidPath }) id: string,
    @Body({ schema: taxReturnBody }) body: z.infer<typeof taxReturnBody>,
  ) {
    const { created } = await this.directory.registerTaxReturn(id, body);
    return { taxReturnId: id, created };
  }

  @Put('submissions/:key')
  @NeedsScope('enqueue')
  @HttpCode(200)
  async registerSubmission(
    @Param('id', { schema: uuidPath }) taxReturnId: string,
    @Param('key', { schema: idPath }) key: string,
    @Body({ schema: submissionBody }) body: z.infer<typeof submissionBody>,
  ) {
    try {
      const { id, created } = await this.directory.registerSubmission(taxReturnId, key, body);
      return { id, taxReturnId, key, created };
    } catch (error) {
      if (error instanceof UnknownTaxReturn)
        throw Problem.notFound(
          'No such tax return is registered. Register it first: PUT /v1/tax-returns/{id}.',
        );
      if (error instanceof RegistrationConflict) throw new Problem(409, 'Conflict', error.message);
      throw error;
    }
  }

  @Get('status')
  @NeedsScope('status')
  async status(@Param('id', { schema: uuidPath }) id: string) {
    return statusBody(await this.submissions.statusOf(id));
  }

  @Get('eligibility')
  @NeedsScope('status')
  async eligibility(@Param('id', { schema: uuidPath }) id: string) {
    const status = await this.submissions.statusOf(id);
    if (!status) throw Problem.notFound('No submission of this tax return is known.');
    const { editable, exportable, counting } = status;
    return { editable, exportable, countingSubmissionId: counting.submissionId };
  }
}
