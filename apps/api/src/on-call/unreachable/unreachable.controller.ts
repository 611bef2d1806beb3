import { randomUUID } from 'node:crypto';
import { Controller, Get, Query, Req, Res, UseFilters } from '@nestjs/common';
import type { Response } from 'express';
import { UnreachableService } from '#libs/notifications/index.js';
import { NeedsScope } from '../../access/access.js';
import type { CalledRequest } from '../../access/key.guard.js';
import { afterCursor, cursorOf, nextPage } from '../../contract/page.js';
import { tokenField } from '../../pages/form.js';
import { sendPage } from '../../pages/frame.js';
import { listQuery } from '../on-call.query.js';
import type { ListQuery } from '../on-call.query.js';
import { RefusalPageFilter } from '../refusal.page.js';
import { unreachablePage } from './unreachable.page.js';

const SHOWN = 50;

/** Whom no mail reaches, and the way to say that somebody told them. */
@Controller('ops/unreachable')
@NeedsScope('read')
@UseFilters(RefusalPageFilter)
export class OnCallUnreachableController {
  constructor(private readonly unreachables: UnreachableService) {}

  @Get()
  async list(
    @Query({ schema: listQuery }) { cursor }: ListQuery,
    @Req() request: CalledRequest,
    @Res() response: Response,
  ): Promise<void> {
    const { mails, end } = await this.unreachables.page({ after: afterCursor(cursor), limit: SHOWN });
    const page = nextPage(mails, end && cursorOf(end), request.originalUrl);
    const form = { token: tokenField(request), sourceOf: () => `ops/${randomUUID()}` };
    sendPage(response, unreachablePage({ page, ...form, now: new Date() }));
  }
}
