import { Injectable } from '@nestjs/common';
import { Prisma, PrismaService } from '#libs/platform/index.js';
import type { Transaction } from '#libs/platform/index.js';
import { isWithin, stretchOf } from './span.js';
import type { Span } from './span.js';

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

  /** The rows of each stretch of a span; stretches without any are left out. */
  during(tx: Transaction, table: CountedTable, span: Span): Promise<{ from: Date; rows: number }[]> {
    return tx.$queryRaw`
      SELECT ${stretchOf(Prisma.sql`quarter`, span)} AS "from", sum(delta)::int AS rows
      FROM row_counts WHERE relation = ${table} AND ${isWithin(Prisma.sql`quarter`, span)} GROUP BY 1`;
  }

  /** Makes one delta of many. The sums stay what they are, for whoever reads and however often it is done. */
  async addUp(): Promise<void> {
    await this.prisma.$executeRaw`
      WITH crowded AS (
        SELECT relation, quarter, count(*) AS deltas FROM row_counts GROUP BY 1, 2 HAVING count(*) > 1
      ), taken AS (
        DELETE FROM row_counts
        WHERE sequence IN (
            SELECT sequence FROM row_counts c JOIN crowded USING (relation, quarter) FOR UPDATE OF c SKIP LOCKED)
          AND (SELECT sum(deltas) FROM crowded) > ${MOST}
        RETURNING relation, quarter, delta
      )
      INSERT INTO row_counts (relation, quarter, delta) SELECT relation, quarter, sum(delta) FROM taken GROUP BY 1, 2`;
  }
}
