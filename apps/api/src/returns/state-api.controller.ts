import { Controller, Get, Logger, Param, Res, StreamableFile } from '@nestjs/common';
import type { Response } from 'express';
import { NotExportable, NoXml, ReturnXml, StatusService } from '#libs/notifications/index.js';
import { ObjectError } from '#libs/platform/index.js';
import type { OpenObject } from '#libs/platform/index.js';
import { NeedsScope } from '../access/access.js';
import { XML_TYPE } from '../contract/negotiation.js';
import { idPath, taxYearPath, uuidPath } from '../contract/request.terms.js';
import { stateApiStatus, xml } from '../contract/returns.answers.js';
import { Operation } from '../docs/operation.js';
import { Problem } from '../problems/problem.js';

/** For the state filing tool, which takes returns over. */
@Controller('v1/state-api')
export class StateApiController {
  private readonly logger = new Logger(StateApiController.name);

  constructor(
    private readonly statuses: StatusService,
    private readonly documents: ReturnXml,
  ) {}

  @Get('status/:taxYear/:taxReturnId/:submissionId')
  @NeedsScope('status')
  @Operation({
    summary: 'May this submission be taken over?',
    about:
      'For the state filing tool. Of what is not known here `exists` is false, and the status is `Error` where the whole return is unknown.',
    answers: { 200: stateApiStatus },
    problems: ['invalid-request'],
  })
  async status(
    @Param('taxYear', { schema: taxYearPath }) taxYear: number,
    @Param('taxReturnId', { schema: uuidPath }) taxReturnId: string,
    @Param('submissionId', { schema: idPath }) submissionId: string,
  ) {
    const found = await this.statuses.of(taxReturnId);
    if (!found) return { status: 'Error', exists: false, exportable: false };
    const exists = found.taxYear === taxYear && found.submissionIds.includes(submissionId);
    return { status: found.status, exists, exportable: exists && found.exportable };
  }

  @Get('xml/:taxReturnId')
  @NeedsScope('status')
  @Operation({
    summary: 'Take a return over as XML',
    about:
      'The XML of the submission that counts, as it lies in `TAX_RETURNS_BUCKET`, if the return is exportable.',
    answers: { 200: { [XML_TYPE]: [xml] } },
    problems: ['not-found', 'conflict', 'invalid-request'],
  })
  async xml(
    @Param('taxReturnId', { schema: uuidPath }) taxReturnId: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<StreamableFile> {
    const { bytes, size } = await this.open(taxReturnId);
    // Whoever goes away needs no more of it.
    response.once('close', () => bytes.destroy());
    return new StreamableFile(bytes, { type: XML_TYPE, length: size }).setErrorHandler((_error, sent) =>
      sent.destroy?.(),
    );
  }

  private async open(taxReturnId: string): Promise<OpenObject> {
    try {
      return await this.documents.open(taxReturnId);
    } catch (error) {
      if (error instanceof NoXml) throw Problem.notFound(error.message);
      if (error instanceof NotExportable) throw Problem.of('conflict', error.message);
      if (!(error instanceof ObjectError)) throw error;
      if (error.fault === 'gone') throw Problem.notFound('Its XML is not in the bucket of tax returns.');
      this.logger.warn({ message: 'The XML of a return cannot be read from S3 just now', err: error });
      throw Problem.of('unavailable', 'S3 gives nothing just now. Ask again later.');
    }
  }
}
