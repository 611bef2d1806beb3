import {
  Controller,
  Get,
  Post,
  Query,
  Req,
  Res,
  UploadedFile,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { FileInterceptor } from '@nestjs/platform-express';
import type { Response } from 'express';
import {
  batchAsk,
  batchFilter,
  BatchGlances,
  BatchReader,
  BatchService,
  subjectOf,
} from '#libs/notifications/index.js';
import { NeedsScope } from '../../access/access.js';
import { Actor } from '../../access/acting.js';
import type { CalledRequest } from '../../access/key.guard.js';
import { SameOriginGuard } from '../../access/same-origin.js';
import { afterCursor, pageOf } from '../../contract/page.js';
import { readForm, tokenField } from '../../pages/form.js';
import { sendPage } from '../../pages/frame.js';
import { Problem } from '../../problems/problem.js';
import { readAs } from '../form.fields.js';
import { listQuery } from '../on-call.query.js';
import type { ListQuery } from '../on-call.query.js';
import { RefusalPageFilter } from '../refusal.page.js';
import { foundForm, givenOf } from './batch.query.js';
import { batchesPage } from './batches.page.js';
import type { TakenList } from './list.upload.js';

const SHOWN = 20;

/** All batches, and the ways to make one. */
@Controller('ops/batches')
@NeedsScope('operate')
@UseFilters(RefusalPageFilter)
export class OnCallBatchesController {
  constructor(
    private readonly reader: BatchReader,
    private readonly glances: BatchGlances,
    private readonly batches: BatchService,
  ) {}

  @Get()
  async list(
    @Query({ schema: listQuery }) { cursor }: ListQuery,
    @Req() request: CalledRequest,
    @Res() response: Response,
  ): Promise<void> {
    const items = await this.reader.page(SHOWN, afterCursor(cursor));
    const mails = await this.glances.mailsOf(items.map(({ id }) => id));
    const page = pageOf(items, { limit: SHOWN, at: ({ madeAt }) => madeAt, url: request.originalUrl });
    sendPage(response, batchesPage({ page, mails, token: tokenField(request) }));
  }

  /** The file itself is taken while it comes: ListUpload. */
  @Post()
  @UseGuards(SameOriginGuard)
  @UseInterceptors(FileInterceptor('list'))
  send(@UploadedFile() list: TakenList | undefined, @Res() response: Response): void {
    if (!list) throw Problem.invalid([{ pointer: '/list', detail: 'choose the file that holds the list' }]);
    response.redirect(303, `/ops/batches/${list.batch}`);
  }

  @Post('found')
  @UseGuards(SameOriginGuard)
  async find(
    @Req() request: CalledRequest,
    @Actor() actor: string,
    @Res() response: Response,
  ): Promise<void> {
    const fields = givenOf(await readForm(request));
    const { state, ...ask } = readAs(batchAsk, fields);
    if (subjectOf(ask.action) !== 'taxReturnId')
      throw Problem.invalid([
        { pointer: '/action', detail: 'needs a list with a receipt for each submission' },
      ]);
    const { reason, about, since, until, ...known } = readAs(foundForm, fields);
    const times = { since: since?.toISOString(), until: until?.toISOString() };
    const filter = readAs(batchFilter, { ...known, incident: about, ...times });
    const id = await this.batches.find(
      { ...ask, topic: state },
      { kind: 'known', filter },
      { actor, reason },
    );
    response.redirect(303, `/ops/batches/${id}`);
  }
}
