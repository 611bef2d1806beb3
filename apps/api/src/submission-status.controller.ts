import { Body, Controller, Headers, HttpCode, Post } from '@nestjs/common';
import { ConfirmationService, entrySource, HTTP_DOOR, readNativeEntries } from '#libs/notifications/index.js';
import { NeedsScope } from './access.js';
import { callSource } from './idempotency.key.js';
import { submissionStatusBody } from './request.schemas.js';

/** Status messages over HTTP: the same door as the queues. */
@Controller('v1/submission-status')
export class SubmissionStatusController {
  constructor(private readonly confirmations: ConfirmationService) {}

  /** 202 means: committed. Each entry has its own outcome; with an Idempotency-Key the same call counts once. */
  @Post()
  @NeedsScope('enqueue')
  @HttpCode(202)
  async confirm(
    @Body({ schema: submissionStatusBody }) body: unknown,
    @Headers('idempotency-key') idempotencyKey?: string,
  ) {
    const message = callSource(idempotencyKey);
    const entries = readNativeEntries(body).map((entry, index) => ({
      ...entry,
      queue: HTTP_DOOR,
      source: entrySource(message, index),
    }));
    const outcomes = await this.confirmations.confirm(entries);
    return { entries: outcomes.map((outcome, index) => ({ index, ...outcome })) };
  }
}
