import { Controller, Get, Res } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import type { Response } from 'express';
import { Metrics } from '#libs/notifications/index.js';
import { NeedsNoKey } from './access/access.js';
import { metrics } from './contract/health.answers.js';
import { Operation } from './docs/operation.js';

/** For whoever watches by Prometheus. It holds counts and ages: no id, no address. */
@Controller('metrics')
@NeedsNoKey()
export class MetricsController implements OnModuleInit {
  constructor(private readonly metrics: Metrics) {}

  onModuleInit(): void {
    this.metrics.begin();
  }

  @Get()
  @Operation({
    summary: 'Read the metrics',
    about:
      'What this process did, and what is on record (docs/metrics.md). What the record or the send queue did not say within three seconds is missing, and `receipt_database_up` is 0.',
    answers: { 200: { 'text/plain': [metrics] } },
    open: true,
  })
  async read(@Res() response: Response): Promise<void> {
    const found = await this.metrics.text();
    response.set('Content-Type', this.metrics.contentType).send(found);
  }
}
