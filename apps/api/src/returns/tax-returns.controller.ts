import { Body, Controller, Get, HttpCode, Param, Put } from '@nestjs/common';
import type { z } from 'zod';
import {
  RegistrationService,
  RegistrationConflict,
  SubmissionService,
  UnknownTaxReturn,
} from '#libs/notifications/index.js';
import { NeedsScope } from '../access/access.js';
import {
  eligibility,
  status,
  submissionRegistered,
  taxReturnRegistered,
} from '../contract/returns.answers.js';
import { Operation, problemsOfBody } from '../docs/operation.js';
import { Problem } from '../problems/problem.js';
import { idPath, uuidPath } from '../contract/request.terms.js';
import { submissionBody, taxReturnBody } from '../contract/returns.requests.js';
import { statusBody } from './status.body.js';

/** Registers returns and submissions, and says where a return stands. */
@Controller('v1/tax-returns/:id')
export class TaxReturnsController {
  constructor(
    private readonly registrations: RegistrationService,
    private readonly submissions: SubmissionService,
  ) {}

  @Put()
  @NeedsScope('enqueue')
  @Operation({
    summary: 'Register a tax return',
    about:
      'Whose it is, and where and in which language they are told. May be repeated: absent members stay as they are, null takes away. Mails that had no address are sent then, and what waited for this return is applied. Addresses are kept encrypted.',
    takes: taxReturnBody,
    answers: { 200: taxReturnRegistered },
    problems: problemsOfBody(),
  })
  async register(
    @Param('id', { schema: uuidPath }) id: string,
    @Body({ schema: taxReturnBody }) body: z.infer<typeof taxReturnBody>,
  ) {
    const { created } = await this.registrations.registerTaxReturn(id, body);
    return { taxReturnId: id, created };
  }

  @Put('submissions/:key')
  @NeedsScope('enqueue')
  @HttpCode(200)
  @Operation({
    summary: 'Register a submission',
    about:
      "Under `key`, the backend's own row id, and records `processing`. May be repeated, also to add the authority's id as soon as it is known; that id is set once.",
    takes: submissionBody,
    answers: { 200: submissionRegistered },
    problems: problemsOfBody('not-found', 'conflict'),
  })
  async registerSubmission(
    @Param('id', { schema: uuidPath }) taxReturnId: string,
    @Param('key', { schema: idPath }) key: string,
    @Body({ schema: submissionBody }) body: z.infer<typeof submissionBody>,
  ) {
    try {
      const { id, created } = await this.registrations.registerSubmission(taxReturnId, key, body);
      return { id, taxReturnId, key, created };
    } catch (error) {
      if (error instanceof UnknownTaxReturn)
        throw Problem.notFound(
          'No such tax return is registered. Register it first: PUT /v1/tax-returns/{id}.',
        );
      if (error instanceof RegistrationConflict) throw Problem.of('conflict', error.message);
      throw error;
    }
  }

  @Get('status')
  @NeedsScope('status')
  @Operation({
    summary: 'Read the status of a tax return',
    about:
      "Direct File's StatusResponseBody. Any submission accepted: Accepted. Else the newest submission counts: Rejected, Error, or Pending.",
    answers: { 200: status },
    problems: ['not-found', 'invalid-request'],
  })
  async status(@Param('id', { schema: uuidPath }) id: string) {
    return statusBody(await this.submissions.statusOf(id));
  }

  @Get('eligibility')
  @NeedsScope('status')
  @Operation({
    summary: 'May it be edited, may it be exported?',
    answers: { 200: eligibility },
    problems: ['not-found', 'invalid-request'],
  })
  async eligibility(@Param('id', { schema: uuidPath }) id: string) {
    const status = await this.submissions.statusOf(id);
    if (!status) throw Problem.notFound('No submission of this tax return is known.');
    const { editable, exportable, counting } = status;
    return { editable, exportable, countingSubmissionId: counting.submissionId };
  }
}
