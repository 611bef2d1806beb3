import { Controller, Get, Param } from '@nestjs/common';
import { TimelineService } from '#libs/notifications/index.js';
import { NeedsScope } from '../access/access.js';
import { Operation } from '../docs/operation.js';
import { Problem } from '../problems/problem.js';
import { uuidPath } from '../contract/request.terms.js';
import { timeline } from '../contract/standing.answers.js';

/** What happened to one tax return. */
@Controller('v1/tax-returns/:id/timeline')
@NeedsScope('read')
export class TimelineController {
  constructor(private readonly timelines: TimelineService) {}

  @Get()
  @Operation({
    summary: 'Read what happened to a tax return',
    about:
      'Events, mails, conversations with the relay, what came back, verdicts of the backup path, remediations with their notes, and what people did, in the order in which it was recorded. Ids, states and reasons; no address and no content.',
    answers: { 200: timeline },
    problems: ['not-found', 'invalid-request'],
  })
  async read(@Param('id', { schema: uuidPath }) taxReturnId: string) {
    const items = await this.timelines.of(taxReturnId);
    if (!items) throw Problem.notFound('Nothing of this tax return is known.');
    return { taxReturnId, items };
  }
}
