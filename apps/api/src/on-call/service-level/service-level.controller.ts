import { Controller, Get, Query, Res, UseFilters } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { daysBack, LEVEL_SPANS, ServiceLevelService } from '#libs/notifications/index.js';
import type { LevelSpan } from '#libs/notifications/index.js';
import { NeedsScope } from '../../access/access.js';
import { sendPage } from '../../pages/frame.js';
import { ProblemPageFilter } from '../../pages/problem.page.js';
import { serviceLevelPage } from './service-level.page.js';

const SPANS = Object.keys(LEVEL_SPANS) as LevelSpan[];

const query = z.object({ last: z.enum(SPANS).catch('30d') });

/** How soon mails are handed over, and what becomes of them. */
@Controller('ops/service-level')
@NeedsScope('read')
@UseFilters(ProblemPageFilter)
export class OnCallServiceLevelController {
  constructor(private readonly levels: ServiceLevelService) {}

  @Get()
  async look(
    @Query({ schema: query }) { last }: z.infer<typeof query>,
    @Res() response: Response,
  ): Promise<void> {
    const look = await this.levels.look(daysBack(LEVEL_SPANS[last], new Date()));
    sendPage(response, serviceLevelPage({ ...look, last, spans: SPANS }));
  }
}
