import { NeedsScope } from '../access/access.js';
import { Body, Controller, Headers, HttpCode, Post, UseInterceptors } from '@nestjs/common';
import type { z } from 'zod';
import { ConfirmationService, HTTP_DOOR, readNativeEntries } from '#libs/notifications/index.js';
import { Lines } from '#libs/platform/index.js';
import { entryOutcomes, statusLine } from '../contract/returns.answers.js';
import { answerLines } from '../lines/answer.lines.js';
import { Operation } from '../docs/operation.js';
import { confirmWords } from '../docs/words.js';
import { callEntrySource, CallSource } from '../idempotency/idempotency.key.js';
import { Once } from '../idempotency/once.interceptor.js';
import { entriesFrame } from '../contract/request.terms.js';
import { statusMessage, statusMessageList } from '../contract/returns.requests.js';

/** Status messages over HTTP: the same door as the queues. */
@Controller('v1/submission-status')
export class SubmissionStatusController {
  constructor(private readonly confirmations: ConfirmationService) {}

  /** 202 means: committed. Each entry has its own outcome; with an Idempotency-Key the same call counts once. */
  @Post()
  @NeedsScope('enqueue')
  @HttpCode(202)
  @UseInterceptors(Once)
  @Operation({
    ...confirmWords,
    once: true,
    streams: true,
    takes: {
      'application/json': [statusMessage, statusMessageList],
      'application/x-ndjson': [statusMessage],
    },
    answers: { 202: { 'application/json': [entryOutcomes], 'application/x-ndjson': [statusLine] } },
  })
  async confirm(
    @Body({ schema: entriesFrame }) body: z.infer<typeof entriesFrame>,
    @CallSource() source: string,
    @Headers('prefer') prefer?: string,
  ) {
    if (body instanceof Lines) {
      const work = (lines: { index: number; value: unknown }[]) => this.apply(lines, source);
      return answerLines(body, { work, word: ({ outcome }) => outcome, prefer });
    }
    const items: unknown[] = Array.isArray(body) ? body : [body];
    return {
      entries: await this.apply(
        items.map((value, index) => ({ index, value })),
        source,
      ),
    };
  }

  private async apply(items: { index: number; value: unknown }[], source: string) {
    const entries = items.flatMap(({ index, value }) =>
      readNativeEntries([value]).map((entry) => ({
        ...entry,
        queue: HTTP_DOOR,
        source: callEntrySource(source, index, value),
      })),
    );
    const outcomes = await this.confirmations.confirm(entries);
    return items.flatMap(({ index }, place) => {
      const outcome = outcomes[place];
      return outcome ? [{ index, ...outcome }] : [];
    });
  }
}
