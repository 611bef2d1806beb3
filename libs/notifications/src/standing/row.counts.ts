import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/platform/index.js';
import type { Transaction } from '#libs/platform/index.js';

/** Tables whose rows are counted as they come and go. */
export type CountedTable = 'submissions' | 'notifications';

/** Deltas that may lie about before they are added up: fewer are read in no time. */
const MOST = 1000;

/** How many rows a table has, without reading it. Triggers write what comes and goes; here it is read and added up. */
@Injectable()
export class RowCounts {
  constructor(private readonly prisma: PrismaService) {}

  /** As the transaction sees the tables. */
  async read(tx: Transaction): Promise<Record<CountedTable, number>> {
    const rows = await tx.$queryRaw<{ relation: CountedTable; rows: number }[]>`
      SELECT relation, sum(delta)::int AS rows FROM row_counts GROUP BY relation`;
    const counts = { submissions: 0, notifications: 0 };
    for (const { relation, rows: count } of rows) counts[relation] = count;
    return counts;
  }

  /** Makes one delta of many. The sums stay what they are, for whoever reads and however often it is done. */
  async addUp(): Promise<void> {
    await this.prisma.$executeRaw`
      WITH taken AS (
        DELETE FROM row_counts
        WHERE sequence IN (SELECT sequence FROM row_counts FOR UPDATE SKIP LOCKED)
          AND (SELECT count(*) FROM row_counts) > ${MOST}
        RETURNING relation, delta
      )
      INSERT INTO row_counts (relation, delta) SELECT relation, sum(delta) FROM taken GROUP BY relation`;
  }
}
