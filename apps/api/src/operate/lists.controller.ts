import { Controller, Get, Query } from '@nestjs/common';
import type { z } from 'zod';
import { ListsService } from '#libs/notifications/index.js';
import { NeedsScope } from '../access/access.js';
import { Operation } from '../docs/operation.js';
import type { OperationWords } from '../docs/operation.js';
import { ours, mailQuery, parkedQuery, scopeQuery } from '../contract/operate.requests.js';
import { csvFile } from '../contract/csv.file.js';
import { csv } from '../contract/operate.answers.js';

/** Lists to hand over, as CSV. They are streamed. */
@Controller('v1')
export class ListsController {
  constructor(private readonly lists: ListsService) {}

  @Get('notifications.csv')
  @NeedsScope('read')
  @Operation(listWords('List mails as CSV, newest first', 'All that fit, not a page of them.'))
  mails(@Query({ schema: mailQuery }) query: z.infer<typeof mailQuery>) {
    return csvFile('notifications.csv', this.lists.mails(ours(query)));
  }

  @Get('quarantine.csv')
  @NeedsScope('operate')
  @Operation(listWords('List what could not be applied as CSV, newest first', 'Reasons, no contents.'))
  quarantine(@Query({ schema: parkedQuery }) query: z.infer<typeof parkedQuery>) {
    return csvFile('quarantine.csv', this.lists.quarantine(query));
  }

  @Get('submissions.csv')
  @NeedsScope('read')
  @Operation(
    listWords(
      'List submissions of a scope as CSV, oldest first',
      'Did they reach the authority? Those that failed, unless you ask for others.',
    ),
  )
  submissions(@Query({ schema: scopeQuery }) { scope }: z.infer<typeof scopeQuery>) {
    return csvFile('submissions.csv', this.lists.submissions(scope));
  }

  @Get('suppressions.csv')
  @NeedsScope('operate')
  @Operation(
    listWords(
      'List the addresses that nothing is sent to as CSV, newest first',
      'Also those that were lifted or have expired.',
    ),
  )
  suppressions() {
    return csvFile('suppressions.csv', this.lists.suppressions());
  }

  @Get('unreachable.csv')
  @NeedsScope('read')
  @Operation(
    listWords(
      'List whom no mail reaches as CSV, the longest wait first',
      'Untold, and no address is left: the letters and calls that a person has to make.',
    ),
  )
  unreachable() {
    return csvFile('unreachable.csv', this.lists.unreachable());
  }

  @Get('audit-trail.csv')
  @NeedsScope('read')
  @Operation(listWords('List what people did as CSV, newest first', 'Who, when, why, before and after.'))
  trail() {
    return csvFile('audit-trail.csv', this.lists.trail({}));
  }
}

function listWords(summary: string, about: string): OperationWords {
  return {
    summary,
    about: `${about} Ids and reasons, no addresses; nothing in it is run by a spreadsheet.`,
    answers: { 200: { 'text/csv': [csv] } },
    problems: ['invalid-request'],
  };
}
