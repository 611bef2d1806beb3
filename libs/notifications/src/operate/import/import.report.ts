import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/platform/index.js';
import type { RowOutcome } from '../../batch/batch.outcome.js';

/** As many rows as ended alike. */
export interface ImportedRows {
  outcome: RowOutcome;
  reason: string | null;
  rows: number;
}

/** What an import changed, or in a dry run would change. */
@Injectable()
export class ImportReport {
  constructor(private readonly prisma: PrismaService) {}

  /** The most frequent first. @param id of its batch. */
  async of(id: string): Promise<ImportedRows[]> {
    return this.prisma.$queryRaw<ImportedRows[]>`
      SELECT outcome, reason, count(*)::int AS rows FROM batch_rows
      WHERE batch_id = ${id}::uuid AND outcome IS NOT NULL GROUP BY outcome, reason ORDER BY rows DESC, outcome, reason`;
  }
}
