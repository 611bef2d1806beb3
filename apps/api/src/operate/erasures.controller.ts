import { Body, Controller, Delete, HttpCode, Param } from '@nestjs/common';
import type { z } from 'zod';
import { ErasureService } from '#libs/notifications/index.js';
import { NeedsScope } from '../access/access.js';
import { Actor, orProblem } from '../access/acting.js';
import { erased } from '../contract/operate.answers.js';
import { erasureBody } from '../contract/operate.requests.js';
import { uuidPath } from '../contract/request.terms.js';
import { Operation, problemsOfBody } from '../docs/operation.js';
import { eraseWords } from './operate.words.js';

/** Takes away what is kept of a return, because somebody asked for it. */
@Controller('v1/tax-returns/:id/data')
@NeedsScope('operate')
export class ErasuresController {
  constructor(private readonly erasures: ErasureService) {}

  @Delete()
  @HttpCode(200)
  @Operation({
    ...eraseWords,
    takes: erasureBody,
    answers: { 200: erased },
    problems: problemsOfBody('not-found'),
  })
  async erase(
    @Param('id', { schema: uuidPath }) id: string,
    @Body({ schema: erasureBody }) { reason }: z.infer<typeof erasureBody>,
    @Actor() actor: string,
  ) {
    const { taxReturnId, erasedAt, complete } = await orProblem(this.erasures.erase(id, { actor, reason }));
    return { taxReturnId, erasedAt, complete };
  }
}
