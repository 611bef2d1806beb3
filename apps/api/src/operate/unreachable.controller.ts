import { Controller, Get, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import type { z } from 'zod';
import { UnreachableService } from '#libs/notifications/index.js';
import { NeedsScope } from '../access/access.js';
import { unreachablePage } from '../contract/operate.answers.js';
import { unreachableQuery } from '../contract/operate.requests.js';
import { afterCursor, cursorOf, nextPage } from '../contract/page.js';
import { Operation } from '../docs/operation.js';
import { unreachableWords } from './operate.words.js';

/** Whom no mail reaches: the letters and calls that a person has to make. */
@Controller('v1/unreachable')
@NeedsScope('read')
export class UnreachableController {
  constructor(private readonly unreachables: UnreachableService) {}

  @Get()
  @Operation({ ...unreachableWords, answers: { 200: unreachablePage }, problems: ['invalid-request'] })
  async list(
    @Query({ schema: unreachableQuery }) { cursor, limit }: z.infer<typeof unreachableQuery>,
    @Req() request: Request,
  ) {
    const { mails, end } = await this.unreachables.page({ after: afterCursor(cursor), limit });
    return nextPage(mails, end && cursorOf(end), request.originalUrl);
  }
}
