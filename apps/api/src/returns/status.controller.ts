import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { z } from 'zod';
import { StatusAnswers, StatusService } from '#libs/notifications/index.js';
import type { Revision } from '#libs/notifications/index.js';
import { NeedsScope } from '../access/access.js';
import { idPath, uuidPath } from '../contract/request.terms.js';
import { eligibility, status, statuses } from '../contract/returns.answers.js';
import { statusesBody } from '../contract/returns.requests.js';
import { Operation, problemsOfBody } from '../docs/operation.js';
import { Problem } from '../problems/problem.js';
import { sendUnlessKnown } from './status.caching.js';
import { NO_SUBMISSION, statusBody } from './status.body.js';
import { StatusWaits } from './status.waiting.js';

const waiting =
  ' With `Prefer: wait=30` beside it you are answered when something has, or after 30 seconds. A stream of events is `GET /v1/tax-returns/{id}/status/events`.';
const polling =
  'To ask often costs next to nothing: send the `ETag` of the last answer as `If-None-Match`, and you hear 304 while nothing has changed. `Retry-After` says in how many seconds to ask again: soon while something is expected, late when it is settled.';

/** Where returns stand, from what is recorded here; no other service is asked. */
@Controller('v1')
export class StatusController {
  constructor(
    private readonly statuses: StatusService,
    private readonly answers: StatusAnswers,
    private readonly waits: StatusWaits,
  ) {}

  @Get('tax-returns/:id/status')
  @NeedsScope('status')
  @Operation({
    summary: 'Read the status of a tax return',
    about: `Direct File's StatusResponseBody. Any submission accepted: Accepted. Else the newest submission counts: Rejected, Error, or Pending. ${polling}${waiting}`,
    answers: { 200: status },
    notModified: true,
    waits: true,
    problems: ['not-found', 'invalid-request'],
  })
  async ofReturn(
    @Param('id', { schema: uuidPath }) id: string,
    @Req() request: Request,
    @Res() response: Response,
  ) {
    const atLeast = await this.waits.untilChanged(request, response, () => this.statuses.revisionOf(id));
    const asked = { of: { taxReturnId: id }, text: 'status', missing: NO_SUBMISSION, atLeast } as const;
    await sendUnlessKnown(this.answers, request, response, asked);
  }

  @Get('submissions/:id/status')
  @NeedsScope('status')
  @Operation({
    summary: "Read the status of a submission's tax return",
    about: `By the authority's id, or our own while it has none. ${polling}${waiting}`,
    answers: { 200: status },
    notModified: true,
    waits: true,
    problems: ['not-found', 'invalid-request'],
  })
  async ofSubmission(
    @Param('id', { schema: idPath }) id: string,
    @Req() request: Request,
    @Res() response: Response,
  ) {
    const atLeast = await this.waits.untilChanged(request, response, () => this.revisionOfSubmission(id));
    const missing = 'No submission of this id is known.';
    const asked = { of: { submissionId: id }, text: 'status', missing, atLeast } as const;
    await sendUnlessKnown(this.answers, request, response, asked);
  }

  @Get('tax-returns/:id/eligibility')
  @NeedsScope('status')
  @Operation({
    summary: 'May it be edited, may it be exported?',
    about: polling,
    answers: { 200: eligibility },
    notModified: true,
    problems: ['not-found', 'invalid-request'],
  })
  async eligibility(
    @Param('id', { schema: uuidPath }) id: string,
    @Req() request: Request,
    @Res() response: Response,
  ) {
    const asked = { of: { taxReturnId: id }, text: 'eligibility', missing: NO_SUBMISSION } as const;
    await sendUnlessKnown(this.answers, request, response, asked);
  }

  @Post('statuses')
  @NeedsScope('status')
  @HttpCode(200)
  @Operation({
    summary: 'Read the statuses of many tax returns',
    about:
      'Of up to 100 at once, in the order in which they were asked for, as of one moment. One of which no submission is known has a `problem` in the place of its status, and holds up none of the others.',
    takes: statusesBody,
    answers: { 200: statuses },
    problems: problemsOfBody(),
  })
  async ofMany(@Body({ schema: statusesBody }) body: z.infer<typeof statusesBody>) {
    const ids = Array.isArray(body) ? body : body.taxReturnIds;
    const found = await this.statuses.ofEach([...new Set(ids)]);
    return {
      statuses: ids.map((taxReturnId) => {
        const known = found.get(taxReturnId);
        return known
          ? { taxReturnId, ...statusBody(known) }
          : { taxReturnId, problem: Problem.notFound(NO_SUBMISSION).document };
      }),
    };
  }

  private async revisionOfSubmission(id: string): Promise<Revision | undefined> {
    const owner = await this.statuses.ownerOf(id);
    return owner && this.statuses.revisionOf(owner.taxReturnId);
  }
}
