import { Controller, Get, Query, Res, UseFilters } from '@nestjs/common';
import type { Response } from 'express';
import {
  BatchGlances,
  OutgoingService,
  OverTimeService,
  PauseService,
  StandingService,
  UnreachableService,
  WatchService,
} from '#libs/notifications/index.js';
import { NeedsScope } from '../../access/access.js';
import { tokenField } from '../../pages/form.js';
import { sendPage } from '../../pages/frame.js';
import { ProblemPageFilter } from '../../pages/problem.page.js';
import { onCallPage } from './on-call.page.js';
import { mailFilterOf, onCallQuery } from '../on-call.query.js';
import type { OnCallQuery } from '../on-call.query.js';

/** Mails on one page: more are found by filter, or in the CSV. */
const SHOWN = 50;

/** The first look of whoever is woken. */
@Controller('ops')
@NeedsScope('read')
@UseFilters(ProblemPageFilter)
export class OnCallController {
  constructor(
    private readonly outgoing: OutgoingService,
    private readonly watch: WatchService,
    private readonly overTime: OverTimeService,
    private readonly pauses: PauseService,
    private readonly standings: StandingService,
    private readonly unreachables: UnreachableService,
    private readonly batches: BatchGlances,
  ) {}

  @Get()
  async look(@Query({ schema: onCallQuery }) query: OnCallQuery, @Res() response: Response): Promise<void> {
    const now = new Date();
    const filter = mailFilterOf(query);
    const [
      outgoing,
      oldest,
      groups,
      fitting,
      mails,
      parked,
      pauses,
      overTime,
      undelivered,
      [lost],
      unreachable,
      batches,
    ] = await Promise.all([
      this.outgoing.look(now),
      this.watch.oldestUntold(now),
      this.watch.groups({}, now),
      this.watch.groups(filter, now),
      this.watch.mails(filter, SHOWN, now),
      this.watch.parked(),
      this.pauses.list(),
      this.overTime.look(query.last, now),
      this.standings.undelivered(now),
      this.standings.list('failure', 1, now),
      this.unreachables.count(),
      this.batches.waiting(),
    ]);
    const total = fitting.reduce((sum, { mails: count }) => sum + count, 0);
    const needs = {
      outgoing,
      groups,
      parked,
      unreachable,
      batches,
      pauses,
      lost: lost && { submissions: undelivered.failure, since: lost.createdAt },
    };
    const token = tokenField(response.req);
    sendPage(response, onCallPage({ now, query, oldest, ...needs, mails, total, ...overTime, token }));
  }
}
