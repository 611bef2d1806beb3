import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import type { z } from 'zod';
import { Suppressions } from '#libs/notifications/index.js';
import { NeedsScope } from '../access/access.js';
import { suppression, suppressionPage } from '../contract/receipts.answers.js';
import { Operation, problemsOfBody } from '../docs/operation.js';
import { liftWords, suppressionWords } from '../docs/words.js';
import { Actor } from '../access/acting.js';
import { afterCursor, pageOf } from '../contract/page.js';
import { Problem } from '../problems/problem.js';
import { liftBody, suppressionQuery } from '../contract/receipts.requests.js';
import { uuidPath } from '../contract/request.terms.js';

/** Addresses that nothing is sent to: to see why, and to let mails go there again. */
@Controller('v1/suppressions')
@NeedsScope('operate')
export class SuppressionsController {
  constructor(private readonly suppressions: Suppressions) {}

  @Get()
  @Operation({ ...suppressionWords, answers: { 200: suppressionPage }, problems: ['invalid-request'] })
  async list(
    @Query({ schema: suppressionQuery }) query: z.infer<typeof suppressionQuery>,
    @Req() request: Request,
  ) {
    const { taxReturnId, active, cursor, limit } = query;
    const items = await this.suppressions.page({
      taxReturnId,
      active: active === 'true',
      after: afterCursor(cursor),
      limit,
    });
    return pageOf(items, { limit, at: (item) => item.createdAt, url: request.originalUrl });
  }

  @Post(':id/lift')
  @HttpCode(200)
  @Operation({ ...liftWords, answers: { 200: suppression }, problems: problemsOfBody('not-found') })
  async lift(
    @Param('id', { schema: uuidPath }) id: string,
    @Body({ schema: liftBody }) { reason }: z.infer<typeof liftBody>,
    @Actor() actor: string,
  ) {
    const lifted = await this.suppressions.lift(id, { actor, reason });
    if (!lifted) throw Problem.notFound('There is no suppression of this id.');
    return lifted;
  }
}
