import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import {
  ContextProblems,
  NotificationService,
  templateByName,
  TEMPLATES,
} from '#libs/notifications/index.js';
import { NeedsScope } from './access.js';
import { callSource } from './idempotency.key.js';
import { afterCursor, pageOf } from './page.js';
import { Problem } from './problem.js';
import { notificationBody, notificationQuery, uuidPath } from './request.schemas.js';

/** To ask for a mail, to see what became of it, to list mails. */
@Controller('v1/notifications')
export class NotificationsController {
  constructor(private readonly notifications: NotificationService) {}

  @Post()
  @NeedsScope('enqueue')
  @HttpCode(202)
  async ask(
    @Body({ schema: notificationBody }) body: z.infer<typeof notificationBody>,
    @Headers('idempotency-key') idempotencyKey?: string,
  ) {
    const { template: name, context = {}, ...members } = body;
    const named = known(name);
    const stage =
      named.stage ?? (context.stage === 'pre' || context.stage === 'post' ? context.stage : undefined);
    try {
      return await this.notifications.ask(
        { ...members, ...named, stage, context },
        callSource(idempotencyKey),
      );
    } catch (error) {
      if (error instanceof ContextProblems)
        throw Problem.invalid(error.problems.map((detail) => ({ pointer: '/context', detail })));
      throw error;
    }
  }

  @Get()
  @NeedsScope('read')
  async list(@Query({ schema: notificationQuery }) query: z.infer<typeof notificationQuery>) {
    const { cursor, template, limit, ...filter } = query;
    const items = await this.notifications.page({
      ...filter,
      template: template === undefined ? undefined : known(template).template,
      after: afterCursor(cursor),
      limit,
    });
    return pageOf(items, limit);
  }

  @Get(':id')
  @NeedsScope('read')
  async read(@Param('id', { schema: uuidPath }) id: string) {
    const found = await this.notifications.find(id);
    if (!found) throw Problem.notFound('No notification of this id is known.');
    return found;
  }
}

function known(template: string) {
  const named = templateByName(template);
  if (named) return named;
  throw Problem.invalid([{ pointer: '/template', detail: `must be one of ${TEMPLATES.join(', ')}` }]);
}
