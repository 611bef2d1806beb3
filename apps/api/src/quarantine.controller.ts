import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { QuarantineService, ReplayService } from '#libs/notifications/index.js';
import { NeedsScope } from './access.js';
import { afterCursor, pageOf } from './page.js';
import { Problem } from './problem.js';
import { quarantineQuery, uuidPath } from './request.schemas.js';

/** What could not be applied: to see why, and to put it through its door again. */
@Controller('v1/quarantine')
@NeedsScope('operate')
export class QuarantineController {
  constructor(
    private readonly quarantine: QuarantineService,
    private readonly replays: ReplayService,
  ) {}

  @Get()
  async list(@Query({ schema: quarantineQuery }) query: z.infer<typeof quarantineQuery>) {
    const { resolved, cursor, limit } = query;
    return pageOf(
      await this.quarantine.page({ resolved: resolved === 'true', after: afterCursor(cursor), limit }),
      limit,
    );
  }

  @Post(':id/replay')
  @HttpCode(200)
  async replay(@Param('id', { schema: uuidPath }) id: string) {
    const outcomes = await this.replays.replay(id);
    if (!outcomes) throw Problem.notFound('Nothing of this id is in quarantine.');
    return { entries: outcomes, quarantine: await this.quarantine.find(id) };
  }
}
