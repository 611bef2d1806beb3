import { Inject, Injectable } from '@nestjs/common';
import { Prisma, PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { toldSql } from '../standing/told.js';
import type { Standing } from '../standing/told.js';
import { deliveredSql, SUBMISSIONS_WITH_REMEDIATION } from '../standing/delivered.sql.js';
import { RowCounts } from '../standing/row.counts.js';
import type { CountedTable } from '../standing/row.counts.js';
import { isWithin, spanOf, startOf, stretchOf } from '../standing/span.js';
import type { Last, Span } from '../standing/span.js';

/** Where what began in a stretch of time stands now. */
export interface Stretch extends Record<Standing, number> {
  from: Date;
}

/** Both questions over time. */
export interface OverTime {
  /** Mails by when they were asked for: was the taxpayer told? */
  told: Stretch[];
  /** Submissions by when they were made: did they reach the authority? */
  delivered: Stretch[];
}

/** Counts by standing over time, derived anew from the facts each time it is asked: totals less what is no success. */
@Injectable()
export class OverTimeService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly rows: RowCounts,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** What every plot shows, wherever it is drawn. */
  async look(last: Last, now = new Date()): Promise<OverTime> {
    const span = spanOf(last, now);
    const [told, delivered] = await Promise.all([this.told(span, now), this.delivered(span, now)]);
    return { told, delivered };
  }

  /** Mails by when they were asked for: was the taxpayer told? */
  told(span: Span, now = new Date()): Promise<Stretch[]> {
    const requested = Prisma.sql`n.requested_at`;
    return this.count(
      'notifications',
      span,
      Prisma.sql`
        SELECT ${stretchOf(requested, span)} AS "from", ${toldSql(now, this.settings.TOLD_WITHIN)} AS standing, count(*)::int AS rows
        FROM notifications n WHERE NOT n.is_told AND ${isWithin(requested, span)} GROUP BY 1, 2`,
    );
  }

  /** Submissions by when they were made: did they reach the authority? */
  delivered(span: Span, now = new Date()): Promise<Stretch[]> {
    const boxes = { primary: this.settings.DELIVERED_WITHIN, backup: this.settings.BACKUP_DELIVERED_WITHIN };
    const made = Prisma.sql`s.created_at`;
    return this.count(
      'submissions',
      span,
      Prisma.sql`
        SELECT ${stretchOf(made, span)} AS "from", ${deliveredSql(now, boxes)} AS standing, count(*)::int AS rows
        FROM ${SUBMISSIONS_WITH_REMEDIATION} WHERE s.receipt_id IS NULL AND ${isWithin(made, span)} GROUP BY 1, 2`,
    );
  }

  /** Both from one snapshot, so that the sums are the totals. */
  private async count(table: CountedTable, span: Span, others: Prisma.Sql): Promise<Stretch[]> {
    const [totals, found] = await this.prisma.$transaction(
      async (tx) => [
        await this.rows.during(tx, table, span),
        await tx.$queryRaw<{ from: Date; standing: Standing; rows: number }[]>(others),
      ],
      { isolationLevel: Prisma.TransactionIsolationLevel.RepeatableRead },
    );
    return Array.from({ length: span.count }, (_, place) => {
      const from = startOf(span, place);
      const isHere = (row: { from: Date }) => row.from.getTime() === from.getTime();
      const total = totals.find(isHere)?.rows ?? 0;
      const of = (standing: Standing) =>
        found.find((row) => isHere(row) && row.standing === standing)?.rows ?? 0;
      const [open, failure] = [of('in-process'), of('failure')];
      return { from, success: total - open - failure, 'in-process': open, failure };
    });
  }
}
