import { NeedsScope } from '../access/access.js';
import { Body, Controller, Headers, HttpCode, Post, UseInterceptors } from '@nestjs/common';
import type { z } from 'zod';
import {
  ConfirmationService,
  HTTP_DOOR,
  readNativeEntries,
  submissionStatusMessage,
} from '#libs/notifications/index.js';
import type { EntryOutcome } from '#libs/notifications/index.js';
import { Lines, unstorableIn } from '#libs/platform/index.js';
import { entryOutcomes, statusLine } from '../contract/returns.answers.js';
import { answerLines } from '../lines/answer.lines.js';
import { Operation } from '../docs/operation.js';
import { confirmWords } from '../docs/words.js';
import { callEntrySource, CallSource } from '../idempotency/idempotency.key.js';
import { Once } from '../idempotency/once.interceptor.js';
import { entriesFrame } from '../contract/request.terms.js';
import { membersOf } from '../contract/request.validation.js';
import { statusMessage, statusMessageList } from '../contract/returns.requests.js';
import { Problem } from '../problems/problem.js';

/** Status messages over HTTP: the same door as the queues. */
@Controller('v1/submission-status')
export class SubmissionStatusController {
  constructor(private readonly confirmations: ConfirmationService) {}

  /**
   * 202 means: committed. Each entry of a list has its own outcome, and one alone that is refused is a refused call; with an
   * Idempotency-Key the same call counts once.
   */
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
    const entries = await this.apply(
      items.map((value, index) => ({ index, value })),
      source,
    );
    const alone = Array.isArray(body) ? undefined : entries[0];
    if (alone?.outcome === 'refused') throw refusalOf(body, alone);
    return { entries };
  }

  private async apply(items: { index: number; value: unknown }[], source: string) {
    const entries = items.flatMap(({ index, value }) =>
      readNativeEntries([value]).map((entry) => ({
        ...entry,
        ...contentUnlessUnstorable(value),
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

/** What a queue would clean of it, a caller can mend: it is refused, and says where. */
function contentUnlessUnstorable(value: unknown): { content?: { refused: string } } {
  const [first] = unstorableIn(value);
  return first ? { content: { refused: `${first.path.join('.')}: ${first.message}` } } : {};
}

/** What does not fit is named member by member; else it is what is on record that speaks against it. */
function refusalOf(message: unknown, { detail, reason }: EntryOutcome): Problem {
  const { error } = submissionStatusMessage.safeParse(message);
  const issues = [...unstorableIn(message), ...(error?.issues ?? [])];
  return issues.length > 0
    ? Problem.invalid(membersOf(issues))
    : Problem.of('invalid-request', detail ?? reason ?? 'The message is refused.');
}
