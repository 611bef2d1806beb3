import { Controller, Get, Query } from '@nestjs/common';
import type { z } from 'zod';
import { ServiceLevelService } from '#libs/notifications/index.js';
import type { ServiceLevel } from '#libs/notifications/index.js';
import { NeedsScope } from '../access/access.js';
import { serviceLevel } from '../contract/standing.answers.js';
import { serviceLevelQuery } from '../contract/standing.requests.js';
import { Operation } from '../docs/operation.js';

/** How soon mails are handed over, day by day. */
@Controller('v1/service-level')
@NeedsScope('read')
export class ServiceLevelController {
  constructor(private readonly levels: ServiceLevelService) {}

  @Get()
  @Operation({
    summary: 'Look at the service level by day',
    about:
      'The share of mails that a relay took soon after they were asked for, how long they waited, and what became of them. Workers count the present day every few minutes, and past days for as long as receipts may come; after that a day stays as it is.',
    answers: { 200: serviceLevel },
    problems: ['invalid-request'],
  })
  async look(@Query({ schema: serviceLevelQuery }) query: z.infer<typeof serviceLevelQuery>) {
    const { aim, total, days } = await this.levels.look(query);
    return {
      aim: { within: aim.withinMs / 1000, share: aim.share },
      total: inSeconds(total),
      days: days.map(inSeconds),
    };
  }
}

function inSeconds<Level extends ServiceLevel>({ waits, ...level }: Level) {
  // JSON has no word for more than the last class.
  const seconds = (wait: number | null) => (wait === null || wait === Infinity ? null : wait / 1000);
  return {
    ...level,
    waits: { p50: seconds(waits.p50), p95: seconds(waits.p95), p99: seconds(waits.p99) },
  };
}
