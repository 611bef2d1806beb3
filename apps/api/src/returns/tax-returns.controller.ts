import { Body, Controller, HttpCode, Param, Put } from '@nestjs/common';
import type { z } from 'zod';
import { RegistrationService, RegistrationConflict, UnknownTaxReturn } from '#libs/notifications/index.js';
import { NeedsScope } from '../access/access.js';
import { submissionRegistered, taxReturnRegistered } from '../contract/returns.answers.js';
import { Operation, problemsOfBody } from '../docs/operation.js';
import { Problem } from '../problems/problem.js';
import { idPath, uuidPath } from '../contract/request.terms.js';
import { submissionBody, taxReturnBody } from '../contract/returns.requests.js';

/** Registers returns and submissions. */
@Controller('v1/tax-returns/:id')
export class TaxReturnsController {
  constructor(private readonly registrations: RegistrationService) {}

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
}
