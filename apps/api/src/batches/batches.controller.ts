import {
  Body,
  Controller,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Req,
  UseInterceptors,
} from '@nestjs/common';
import type { Request } from 'express';
import type { z } from 'zod';
import {
  BatchReader,
  BatchSamples,
  BatchService,
  objectPartsOf,
  rowsOf,
  subjectOf,
} from '#libs/notifications/index.js';
import type { BatchAction } from '#libs/notifications/index.js';
import { SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { NeedsScope } from '../access/access.js';
import { Actor } from '../access/acting.js';
import { batch, batchMade, batchPage, batchSamples } from '../contract/batches.answers.js';
import { batchBody, batchCsv, batchFrame, batchPageQuery, batchQuery } from '../contract/batches.requests.js';
import { csvFile } from '../contract/csv.file.js';
import { Located } from '../contract/located.interceptor.js';
import { csv } from '../contract/operate.answers.js';
import { afterCursor, pageOf } from '../contract/page.js';
import { uuidPath } from '../contract/request.terms.js';
import { Upload } from '../contract/upload.body.js';
import { Operation } from '../docs/operation.js';
import { ActSource } from '../idempotency/idempotency.key.js';
import { Once } from '../idempotency/once.interceptor.js';
import { Problem } from '../problems/problem.js';
import { answerOf, batchOf, batchWithRows, listedOf, samplesOf } from './batch.answer.js';
import {
  batchesWords,
  makeWords,
  readWords,
  remainingWords,
  resultsWords,
  samplesWords,
} from './batches.words.js';

type BatchQuery = z.infer<typeof batchQuery>;
type BatchBody = z.infer<typeof batchBody>;

/** Lists of returns: to bring one, to see how far it has come, to take its results. */
@Controller('v1/batches')
@NeedsScope('operate')
export class BatchesController {
  constructor(
    private readonly batches: BatchService,
    private readonly reader: BatchReader,
    private readonly samples: BatchSamples,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'BATCH_BUCKET'>,
  ) {}

  @Post()
  @HttpCode(202)
  @UseInterceptors(Located, Once)
  @Operation({
    ...makeWords,
    takes: { 'application/json': [batchBody], 'text/csv': [batchCsv] },
    answers: { 202: batchMade },
    once: true,
  })
  async make(
    @Body({ schema: batchFrame }) body: z.infer<typeof batchFrame>,
    @Query({ schema: batchQuery }) query: BatchQuery,
    @Actor() actor: string,
    @ActSource() source: string,
  ) {
    return {
      id:
        body instanceof Upload
          ? await this.take(body, query, actor)
          : await this.order(body, query, { actor, source }),
    };
  }

  @Get()
  @Operation({ ...batchesWords, answers: { 200: batchPage }, problems: ['invalid-request'] })
  async list(
    @Query({ schema: batchPageQuery }) { cursor, limit }: z.infer<typeof batchPageQuery>,
    @Req() request: Request,
  ) {
    const batches = await this.reader.page(limit, afterCursor(cursor));
    return pageOf(batches.map(listedOf), { limit, at: ({ madeAt }) => madeAt, url: request.originalUrl });
  }

  @Get(':id')
  @Operation({ ...readWords, answers: { 200: batch }, problems: ['not-found', 'invalid-request'] })
  async read(@Param('id', { schema: uuidPath }) id: string) {
    return answerOf(await batchOf(this.reader, id));
  }

  @Get(':id/samples')
  @NeedsScope('mails')
  @Operation({ ...samplesWords, answers: { 200: batchSamples }, problems: ['not-found', 'invalid-request'] })
  async look(@Param('id', { schema: uuidPath }) id: string) {
    const found = await batchOf(this.reader, id);
    return samplesOf(found, await this.samples.shown(found));
  }

  @Get(':id/results.csv')
  @Operation({
    ...resultsWords,
    answers: { 200: { 'text/csv': [csv] } },
    problems: ['not-found', 'invalid-request'],
  })
  async results(@Param('id', { schema: uuidPath }) id: string) {
    await batchWithRows(this.reader, id);
    return csvFile(`batch-${id}-results.csv`, this.reader.results(id));
  }

  @Get(':id/remaining.csv')
  @Operation({
    ...remainingWords,
    answers: { 200: { 'text/csv': [csv] } },
    problems: ['not-found', 'invalid-request'],
  })
  async remaining(@Param('id', { schema: uuidPath }) id: string) {
    const { action } = await batchWithRows(this.reader, id);
    return csvFile(`batch-${id}-remaining.csv`, this.reader.remaining(id, action));
  }

  private async take(upload: Upload, query: BatchQuery, actor: string): Promise<string> {
    const { action, state: topic, column, incident, name } = query;
    if (!action) throw Problem.invalid([{ parameter: 'action', in: 'query', detail: 'is missing' }]);
    const rows = rowsOf(upload, { kind: subjectOf(action), column });
    try {
      return await this.batches.take({ action, topic, incident, name }, 'upload', rows, {
        actor,
        reason: reasonOf(query),
      });
    } finally {
      await upload.letGo();
    }
  }

  private async order(
    body: BatchBody,
    query: BatchQuery,
    by: { actor: string; source: string },
  ): Promise<string> {
    refuseQuery(query);
    const { action, state: topic, incident, filter, s3Uri = '', column } = body;
    const [ask, acting] = [
      { action, topic, incident },
      { ...by, reason: reasonOf(body) },
    ];
    if (filter) return this.batches.find(ask, { kind: 'known', filter }, acting);
    this.refuseOtherBucket(s3Uri);
    return this.batches.fromObject({ ...ask, column }, s3Uri, acting);
  }

  /** @throws Problem where no worker would look. */
  private refuseOtherBucket(s3Uri: string): void {
    const { BATCH_BUCKET } = this.settings;
    if (objectPartsOf(s3Uri)?.bucket === BATCH_BUCKET) return;
    const detail = `is not in the bucket that lists are taken from: s3://${BATCH_BUCKET}/… (BATCH_BUCKET)`;
    throw Problem.invalid([{ pointer: '/s3Uri', detail }]);
  }
}

function reasonOf({
  reason,
  action,
  incident,
}: {
  reason?: string;
  action?: BatchAction;
  incident?: string;
}): string {
  return reason ?? [action, incident].filter((word) => word !== undefined).join(', ');
}

/** What a list cannot say within itself. @throws Problem */
function refuseQuery(query: BatchQuery): void {
  const said = Object.entries(query).filter(([, value]) => value !== undefined);
  if (said.length > 0)
    throw Problem.invalid(
      said.map(([parameter]) => ({
        parameter,
        in: 'query',
        detail: 'goes with text/csv: JSON says it in the body',
      })),
    );
}
