import { Controller, Get, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import type { z } from 'zod';
import { AuditTrail, StandingService } from '#libs/notifications/index.js';
import { NeedsScope } from '../access/access.js';
import { Operation } from '../docs/operation.js';
import { nextPage } from '../contract/page.js';
import { audit, auditTrailPage } from '../contract/standing.answers.js';
import { auditTrailQuery } from '../contract/standing.requests.js';

/** Failures that the audit lists: enough to begin with. */
const OLDEST = 100;

/** How many stand where, and what people did about it. */
@Controller('v1/audit')
@NeedsScope('read')
export class AuditController {
  constructor(
    private readonly standings: StandingService,
    private readonly trail: AuditTrail,
  ) {}

  @Get()
  @Operation({
    summary: 'Count what stands where',
    about:
      'On two axes that never mix: did each submission reach the authority, and was the taxpayer told of each mail that was due. Success and in process are facts, everything else is a failure, recorded or not. The sums equal the totals.',
    answers: { 200: audit },
  })
  async counts() {
    const now = new Date();
    const counts = await this.standings.audit(now);
    return { ...counts, oldestFailures: await this.standings.list('failure', OLDEST, now) };
  }

  @Get('trail')
  @Operation({
    summary: 'List what people did, newest first',
    about: 'Who, when, why, before and after. The database refuses to change it.',
    answers: { 200: auditTrailPage },
    problems: ['invalid-request'],
  })
  async entries(
    @Query({ schema: auditTrailQuery }) query: z.infer<typeof auditTrailQuery>,
    @Req() request: Request,
  ) {
    const { cursor, limit, ...filter } = query;
    const after = cursor === undefined ? undefined : BigInt(cursor);
    const rows = await this.trail.page({ ...filter, after, limit });
    const items = rows.map((row) => ({ ...row, sequence: String(row.sequence) }));
    return nextPage(items, items.length === limit ? items.at(-1)?.sequence : undefined, request.originalUrl);
  }
}
