import { Controller, Get, Param, Res, UseFilters } from '@nestjs/common';
import type { Response } from 'express';
import { StandingService, WhyService } from '#libs/notifications/index.js';
import { NeedsScope } from '../../access/access.js';
import { sendPage } from '../../pages/frame.js';
import { ProblemPageFilter } from '../../pages/problem.page.js';
import { Problem } from '../../problems/problem.js';
import { uuidPath } from '../../contract/request.terms.js';
import { whyPage } from './why.page.js';

/** Why a taxpayer was or was not told. */
@Controller('ops/tax-returns')
@NeedsScope('read')
@UseFilters(ProblemPageFilter)
export class WhyController {
  constructor(
    private readonly whys: WhyService,
    private readonly standings: StandingService,
  ) {}

  @Get(':id')
  async show(@Param('id', { schema: uuidPath }) id: string, @Res() response: Response): Promise<void> {
    const now = new Date();
    const [why, submissions] = await Promise.all([this.whys.why(id), this.standings.of({ taxReturnId: id })]);
    if (!why) throw Problem.notFound('Nothing was ever heard of a tax return of this id.');
    sendPage(response, whyPage(why, submissions, now));
  }
}
