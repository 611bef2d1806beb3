import { NeedsScope } from '../access/access.js';
import {
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  Param,
  Post,
  Query,
  Req,
  UseInterceptors,
} from '@nestjs/common';
import type { Request } from 'express';
import type { z } from 'zod';
import { Lines } from '#libs/platform/index.js';
import { NotificationService } from '#libs/notifications/index.js';
import {
  notificationAsked,
  notificationLine,
  notificationPage,
  notificationsAsked,
  notificationWithDeliveries,
} from '../contract/notifications.answers.js';
import { answerLines } from '../lines/answer.lines.js';
import { Operation } from '../docs/operation.js';
import { askWords, listWords, readWords } from '../docs/words.js';
import { CallSource } from '../idempotency/idempotency.key.js';
import { Once } from '../idempotency/once.interceptor.js';
import { NotificationAsks } from './notification.asks.js';
import type { AskOutcome } from './notification.asks.js';
import { ours } from '../contract/operate.requests.js';
import { afterCursor, pageOf } from '../contract/page.js';
import { Problem } from '../problems/problem.js';
import { notificationBody, notificationList, notificationQuery } from '../contract/notifications.requests.js';
import { entriesFrame, uuidPath } from '../contract/request.terms.js';

/** To ask for a mail, to see what became of it, to list mails. */
@Controller('v1/notifications')
export class NotificationsController {
  constructor(
    private readonly asks: NotificationAsks,
    private readonly notifications: NotificationService,
  ) {}

  @Post()
  @NeedsScope('enqueue')
  @HttpCode(202)
  @UseInterceptors(Once)
  @Operation({
    ...askWords,
    once: true,
    streams: true,
    takes: {
      'application/json': [notificationBody, notificationList],
      'application/x-ndjson': [notificationBody],
    },
    answers: {
      202: {
        'application/json': [notificationAsked, notificationsAsked],
        'application/x-ndjson': [notificationLine],
      },
    },
  })
  async ask(
    @Body({ schema: entriesFrame }) body: z.infer<typeof entriesFrame>,
    @CallSource() source: string,
    @Headers('prefer') prefer?: string,
  ) {
    if (body instanceof Lines) {
      const work = (lines: { index: number; value: unknown }[]) => this.asks.askAll(lines, source);
      return answerLines(body, { work, word: wordOf, prefer });
    }
    if (Array.isArray(body))
      return {
        entries: await this.asks.askAll(
          body.map((value, index) => ({ index, value })),
          source,
        ),
      };
    const [outcome] = await this.asks.askAll([{ index: 0, value: body }], source);
    if (!outcome) throw new Error('an asking was left without an outcome');
    if ('problem' in outcome) throw Problem.from(outcome.problem);
    return { id: outcome.id, created: outcome.created };
  }

  @Get()
  @NeedsScope('read')
  @Operation({ ...listWords, answers: { 200: notificationPage }, problems: ['invalid-request'] })
  async list(
    @Query({ schema: notificationQuery }) query: z.infer<typeof notificationQuery>,
    @Req() request: Request,
  ) {
    const { cursor, limit, ...filter } = query;
    const items = await this.notifications.page({ ...ours(filter), after: afterCursor(cursor), limit });
    return pageOf(items, { limit, at: (item) => item.requestedAt, url: request.originalUrl });
  }

  @Get(':id')
  @NeedsScope('read')
  @Operation({
    ...readWords,
    answers: { 200: notificationWithDeliveries },
    problems: ['not-found', 'invalid-request'],
  })
  async read(@Param('id', { schema: uuidPath }) id: string) {
    const found = await this.notifications.find(id);
    if (!found) throw Problem.notFound('No notification of this id is known.');
    return found;
  }
}

function wordOf(outcome: AskOutcome): string {
  if ('problem' in outcome) return 'problem';
  return outcome.created ? 'created' : 'existing';
}
