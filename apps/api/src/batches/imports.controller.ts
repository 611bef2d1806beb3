import { Body, Controller, HttpCode, Post, Query, UseInterceptors } from '@nestjs/common';
import type { z } from 'zod';
import { BatchService, rowsOf } from '#libs/notifications/index.js';
import { NeedsScope } from '../access/access.js';
import { Actor } from '../access/acting.js';
import { batchMade } from '../contract/batches.answers.js';
import { importCsv, importFrame, importQuery } from '../contract/imports.requests.js';
import { Located } from '../contract/located.interceptor.js';
import type { Upload } from '../contract/upload.body.js';
import { Operation, problemsOfBody } from '../docs/operation.js';
import { importWords } from './imports.words.js';

/** What another system knew of submissions. */
@Controller('v1/imports')
@NeedsScope('operate')
export class ImportsController {
  constructor(private readonly batches: BatchService) {}

  @Post()
  @HttpCode(202)
  @UseInterceptors(Located)
  @Operation({
    ...importWords,
    takes: { 'text/csv': [importCsv] },
    answers: { 202: batchMade },
    problems: problemsOfBody(),
  })
  async take(
    @Body({ schema: importFrame }) upload: Upload,
    @Query({ schema: importQuery }) query: z.infer<typeof importQuery>,
    @Actor() actor: string,
  ) {
    const { context, reason = context, evidence, dryRun, name } = query;
    const ask = { action: 'import' as const, name, ordered: { context, evidence, dryRun } };
    try {
      const rows = rowsOf(upload, { kind: 'legacy' });
      return { id: await this.batches.take(ask, 'upload', rows, { actor, reason }) };
    } finally {
      await upload.letGo();
    }
  }
}
