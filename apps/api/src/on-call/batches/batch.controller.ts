import { Controller, Get, Param, Post, Query, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { StreamableFile } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import {
  AuditTrail,
  BatchApproval,
  BatchGlances,
  BatchReader,
  BatchSamples,
  BatchService,
  NotificationService,
  ROWS_REMOVED,
} from '#libs/notifications/index.js';
import type { BatchState, SeenBatch, ShownBatch } from '#libs/notifications/index.js';
import { NeedsScope } from '../../access/access.js';
import { Actor } from '../../access/acting.js';
import type { CalledRequest } from '../../access/key.guard.js';
import { SameOriginGuard } from '../../access/same-origin.js';
import { csvFile } from '../../contract/csv.file.js';
import { afterCursor, pageOf } from '../../contract/page.js';
import { uuidPath } from '../../contract/request.terms.js';
import { readForm, tokenField } from '../../pages/form.js';
import { sendMailHtml, sendPage, sendPart } from '../../pages/frame.js';
import { Problem } from '../../problems/problem.js';
import { readAs } from '../form.fields.js';
import { RefusalPageFilter } from '../refusal.page.js';
import { TRAIL } from '../trail/trail.part.js';
import { batchPage, ODD_OUTCOMES } from './batch.page.js';
import { approvalForm, givenOf, mailsQuery, moveForm, MOVES, paceQuery, rateForm } from './batch.query.js';
import type { PaceBefore } from './batch.query.js';
import { batchMailsPage } from './mails.page.js';
import { livePart } from './progress.part.js';

const sampleNumber = z.coerce.number().int().min(1).max(3);
/** Mails on one page of them. */
const MAILS = 50;
/** Rows that the page names one by one. */
const ODD = 10;
/** While somebody may still say yes, they see what is sent. */
const TO_DECIDE: readonly BatchState[] = ['validated', 'awaiting-approval'];

/** One batch: seen, approved, started, paused, resumed and ended by whoever comes. */
@Controller('ops/batches/:id')
@NeedsScope('operate')
@UseFilters(RefusalPageFilter)
export class OnCallBatchController {
  constructor(
    private readonly reader: BatchReader,
    private readonly glances: BatchGlances,
    private readonly samples: BatchSamples,
    private readonly batches: BatchService,
    private readonly approval: BatchApproval,
    private readonly notifications: NotificationService,
    private readonly trail: AuditTrail,
  ) {}

  @Get()
  async show(
    @Param('id', { schema: uuidPath }) id: string,
    @Query({ schema: paceQuery }) before: PaceBefore,
    @Actor() actor: string,
    @Req() request: CalledRequest,
    @Res() response: Response,
  ): Promise<void> {
    const batch = await this.find(id);
    const maySeeMails = request.caller?.scopes.includes('mails') === true;
    const isOdd = ODD_OUTCOMES.some((outcome) => batch.counts[outcome] > 0);
    const [shown, odd, trail] = await Promise.all([
      TO_DECIDE.includes(batch.state) ? this.shownTo(maySeeMails, batch) : undefined,
      isOdd ? this.glances.oddRows(id, ODD_OUTCOMES, ODD) : [],
      this.trail.page({ kind: 'batch', target: id, limit: TRAIL }),
    ]);
    const token = tokenField(request);
    sendPage(response, batchPage({ batch, shown, odd, trail, before, actor, token, now: new Date() }));
  }

  /** The part of the page that changes while it goes on. */
  @Get('progress')
  async progress(
    @Param('id', { schema: uuidPath }) id: string,
    @Query({ schema: paceQuery }) before: PaceBefore,
    @Res() response: Response,
  ): Promise<void> {
    sendPart(response, livePart({ batch: await this.find(id), before, now: new Date() }));
  }

  /** What stands behind a number of its mails. */
  @Get('mails')
  async mails(
    @Param('id', { schema: uuidPath }) id: string,
    @Query({ schema: mailsQuery }) { became, cursor }: z.infer<typeof mailsQuery>,
    @Req() { originalUrl: url }: CalledRequest,
    @Res() response: Response,
  ): Promise<void> {
    const batch = await this.find(id);
    const after = afterCursor(cursor);
    const items = await this.notifications.page({ batchId: id, became, after, limit: MAILS });
    const page = pageOf(items, { limit: MAILS, at: ({ requestedAt }) => requestedAt, url });
    sendPage(response, batchMailsPage({ batch, became, page }));
  }

  @Get('samples/:number')
  @NeedsScope('mails')
  async mail(
    @Param('id', { schema: uuidPath }) id: string,
    @Param('number', { schema: sampleNumber }) number: number,
    @Res() response: Response,
  ): Promise<void> {
    const { samples } = await this.samples.shown(await this.find(id));
    const mail = samples[number - 1]?.mail;
    if (!mail) throw Problem.notFound('This batch has no such mail to look at.');
    sendMailHtml(response, mail.html);
  }

  @Get('results.csv')
  async results(@Param('id', { schema: uuidPath }) id: string): Promise<StreamableFile> {
    await this.withRows(id);
    return csvFile(`batch-${id}-results.csv`, this.reader.results(id));
  }

  @Get('remaining.csv')
  async remaining(@Param('id', { schema: uuidPath }) id: string): Promise<StreamableFile> {
    const { action } = await this.withRows(id);
    return csvFile(`batch-${id}-remaining.csv`, this.reader.remaining(id, action));
  }

  @Post('moves')
  @UseGuards(SameOriginGuard)
  async move(
    @Param('id', { schema: uuidPath }) id: string,
    @Req() request: CalledRequest,
    @Actor() actor: string,
    @Res() response: Response,
  ): Promise<void> {
    const { move, reason } = readAs(moveForm, await readForm(request));
    await this.batches.move(id, MOVES[move], { actor, reason });
    response.redirect(303, `/ops/batches/${id}`);
  }

  @Post('approval')
  @UseGuards(SameOriginGuard)
  async approve(
    @Param('id', { schema: uuidPath }) id: string,
    @Req() request: CalledRequest,
    @Actor() actor: string,
    @Res() response: Response,
  ): Promise<void> {
    const { seen, reason } = readAs(approvalForm, await readForm(request));
    await this.approval.approve(id, seen, { actor, reason });
    response.redirect(303, `/ops/batches/${id}`);
  }

  @Post('rate')
  @UseGuards(SameOriginGuard)
  async pace(
    @Param('id', { schema: uuidPath }) id: string,
    @Req() request: CalledRequest,
    @Actor() actor: string,
    @Res() response: Response,
  ): Promise<void> {
    const { rate = null, reason } = readAs(rateForm, givenOf(await readForm(request)));
    await this.batches.pace(id, rate, { actor, reason });
    response.redirect(303, `/ops/batches/${id}`);
  }

  private async shownTo(maySeeMails: boolean, batch: SeenBatch): Promise<ShownBatch | 'hidden'> {
    return maySeeMails ? this.samples.shown(batch) : 'hidden';
  }

  private async find(id: string): Promise<SeenBatch> {
    const batch = await this.reader.find(id);
    if (!batch) throw Problem.notFound('There is no batch of this id.');
    return batch;
  }

  private async withRows(id: string): Promise<SeenBatch> {
    const batch = await this.find(id);
    if (batch.rowsRemovedAt) throw Problem.notFound(ROWS_REMOVED);
    return batch;
  }
}
