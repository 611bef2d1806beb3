import { Controller, Get, Query, Res, UseFilters } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { AuditTrail } from '#libs/notifications/index.js';
import { NeedsScope } from '../../access/access.js';
import { sendPage } from '../../pages/frame.js';
import { ProblemPageFilter } from '../../pages/problem.page.js';
import { trailPage } from './trail.page.js';

const query = z.object({ before: z.coerce.bigint().positive().optional() });

const PAGE = 50;

/** What people did: who, when, why, before, after. */
@Controller('ops/audit')
@NeedsScope('read')
@UseFilters(ProblemPageFilter)
export class TrailController {
  constructor(private readonly trail: AuditTrail) {}

  @Get()
  async show(
    @Query({ schema: query }) { before }: z.infer<typeof query>,
    @Res() response: Response,
  ): Promise<void> {
    const entries = await this.trail.page({ after: before, limit: PAGE });
    sendPage(response, trailPage(entries, entries.length === PAGE ? entries.at(-1)?.sequence : undefined));
  }
}
