import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { KeyHolder } from '#libs/keys/index.js';
import { NeedsScope } from '../access/access.js';
import type { CalledRequest } from '../access/key.guard.js';
import { EVENTS_TYPE } from '../contract/negotiation.js';
import { uuidPath } from '../contract/request.terms.js';
import { statusEvents } from '../contract/returns.answers.js';
import { Operation } from '../docs/operation.js';
import { streamWords } from '../docs/words.js';
import { NO_SUBMISSION } from './status.body.js';
import { StatusStreams } from './status.streams.js';

/** Where a return stands, told instead of asked for. */
@Controller('v1')
export class StatusStreamController {
  constructor(private readonly streams: StatusStreams) {}

  @Get('tax-returns/:id/status/events')
  @NeedsScope('status')
  @Operation({
    ...streamWords,
    answers: { 200: { [EVENTS_TYPE]: [statusEvents] } },
    resumes: true,
    problems: ['not-found', 'invalid-request'],
  })
  events(
    @Param('id', { schema: uuidPath }) id: string,
    @Req() request: CalledRequest & { caller: KeyHolder },
    @Res() response: Response,
  ): Promise<void> {
    return this.streams.answer(id, NO_SUBMISSION, request, response);
  }
}
