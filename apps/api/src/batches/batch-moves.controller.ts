import { Body, Controller, HttpCode, Param, Post, UseInterceptors } from '@nestjs/common';
import type { z } from 'zod';
import { BatchApproval, BatchReader, BatchService } from '#libs/notifications/index.js';
import type { PlainMove } from '#libs/notifications/index.js';
import { NeedsScope } from '../access/access.js';
import { Actor, orProblem } from '../access/acting.js';
import { batch } from '../contract/batches.answers.js';
import { batchApprovalBody, batchMoveBody, batchRateBody } from '../contract/batches.requests.js';
import { uuidPath } from '../contract/request.terms.js';
import { Operation } from '../docs/operation.js';
import type { OperationWords } from '../docs/operation.js';
import { ActSource } from '../idempotency/idempotency.key.js';
import { Once } from '../idempotency/once.interceptor.js';
import { answerOf, batchOf } from './batch.answer.js';
import { abortWords, approveWords, pauseWords, rateWords, resumeWords, startWords } from './batches.words.js';

type MoveBody = z.infer<typeof batchMoveBody>;

/** What a named person does with a batch, with a reason. */
@Controller('v1/batches/:id')
@NeedsScope('operate')
@UseInterceptors(Once)
export class BatchMovesController {
  constructor(
    private readonly batches: BatchService,
    private readonly approval: BatchApproval,
    private readonly reader: BatchReader,
  ) {}

  @Post('approve')
  @HttpCode(200)
  @Operation({ ...moveWords(approveWords), takes: batchApprovalBody })
  async approve(
    @Param('id', { schema: uuidPath }) id: string,
    @Body({ schema: batchApprovalBody }) { seen, reason }: z.infer<typeof batchApprovalBody>,
    @Actor() actor: string,
    @ActSource() source: string,
  ) {
    await orProblem(this.approval.approve(id, seen, { actor, reason, source }));
    return answerOf(await batchOf(this.reader, id));
  }

  @Post('start')
  @HttpCode(200)
  @Operation(moveWords(startWords))
  start(
    @Param('id', { schema: uuidPath }) id: string,
    @Body({ schema: batchMoveBody }) { reason }: MoveBody,
    @Actor() actor: string,
    @ActSource() source: string,
  ) {
    return this.move(id, 'start-batch', { actor, reason, source });
  }

  @Post('pause')
  @HttpCode(200)
  @Operation(moveWords(pauseWords))
  pause(
    @Param('id', { schema: uuidPath }) id: string,
    @Body({ schema: batchMoveBody }) { reason }: MoveBody,
    @Actor() actor: string,
    @ActSource() source: string,
  ) {
    return this.move(id, 'pause-batch', { actor, reason, source });
  }

  @Post('resume')
  @HttpCode(200)
  @Operation(moveWords(resumeWords))
  resume(
    @Param('id', { schema: uuidPath }) id: string,
    @Body({ schema: batchMoveBody }) { reason }: MoveBody,
    @Actor() actor: string,
    @ActSource() source: string,
  ) {
    return this.move(id, 'resume-batch', { actor, reason, source });
  }

  @Post('abort')
  @HttpCode(200)
  @Operation(moveWords(abortWords))
  abort(
    @Param('id', { schema: uuidPath }) id: string,
    @Body({ schema: batchMoveBody }) { reason }: MoveBody,
    @Actor() actor: string,
    @ActSource() source: string,
  ) {
    return this.move(id, 'abort-batch', { actor, reason, source });
  }

  @Post('rate')
  @HttpCode(200)
  @Operation({ ...moveWords(rateWords), takes: batchRateBody })
  async pace(
    @Param('id', { schema: uuidPath }) id: string,
    @Body({ schema: batchRateBody }) { rate, reason }: z.infer<typeof batchRateBody>,
    @Actor() actor: string,
    @ActSource() source: string,
  ) {
    await orProblem(this.batches.pace(id, rate, { actor, reason, source }));
    return answerOf(await batchOf(this.reader, id));
  }

  private async move(id: string, move: PlainMove, acting: { actor: string; reason: string; source: string }) {
    await orProblem(this.batches.move(id, move, acting));
    return answerOf(await batchOf(this.reader, id));
  }
}

function moveWords(words: { summary: string; about: string }): OperationWords {
  return {
    ...words,
    takes: batchMoveBody,
    answers: { 200: batch },
    problems: ['not-found', 'conflict'],
    once: true,
  };
}
