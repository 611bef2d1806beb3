import { Inject, Injectable } from '@nestjs/common';
import { Prisma, PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings, Transaction } from '#libs/platform/index.js';
import { toldSql } from './told.js';
import type { Standing } from './told.js';
import { deliveredOf } from './delivered.js';
import type { DeliveryFacts, TimeBoxes } from './delivered.js';
import { countsWithoutReceipt, inScope, SUBMISSIONS_WITH_REMEDIATION } from './delivered.sql.js';
import type { DeliveredScope } from './delivered.sql.js';
import { RowCounts } from './row.counts.js';

/** How many stand where. Each row stands in exactly one place, so the three sum up to the total. */
export type StandingCounts = Record<Standing, number> & { total: number };

/** Both axes at one instant. They never mix: a notified taxpayer is not a resolved submission. */
export interface Audit {
  at: Date;
  /** Submissions: did they reach the authority? */
  delivered: StandingCounts;
  /** Notifications: was the taxpayer told? */
  told: StandingCounts;
  /** Submissions whose latest remediation is a success, and those of them that are duplicates. Part of the successes. */
  remediations: { remediated: number; duplicate: number };
}

/** A submission in a list of a scope. */
export interface ScopedSubmission {
  id: string;
  taxReturnId: string;
  submissionId: string | null;
  createdAt: Date;
}

/** A submission and the answer to: did it reach the authority? */
export interface StandingSubmission extends ScopedSubmission {
  delivered: Standing;
}

/** What {@link deliveredOf} has to know of a submission. */
export const factsOfDelivery = {
  createdAt: true,
  receiptId: true,
  backupId: true,
  backupStatus: true,
  events: { select: { type: true } },
  remediations: { select: { createdAt: true, sequence: true, success: true, ignoredAsDuplicate: true } },
} as const satisfies Prisma.SubmissionSelect;

/** Where submissions and notifications stand, derived anew from the facts each time it is asked. */
@Injectable()
export class StandingService {
  private readonly boxes: TimeBoxes;

  constructor(
    private readonly prisma: PrismaService,
    private readonly rows: RowCounts,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    this.boxes = { primary: settings.DELIVERED_WITHIN, backup: settings.BACKUP_DELIVERED_WITHIN };
  }

  delivered(facts: DeliveryFacts, now = new Date()): Standing {
    return deliveredOf(facts, now, this.boxes);
  }

  /** Counts of one instant, from one snapshot: whatever happens meanwhile, the sums equal the totals. */
  audit(now = new Date()): Promise<Audit> {
    return this.prisma.$transaction(
      async (tx) => {
        const totals = await this.rows.read(tx);
        const delivered = await this.undelivered(now, tx);
        const told = await this.untold(tx, now);
        return {
          at: now,
          delivered: withSuccess(totals.submissions, delivered),
          told: withSuccess(totals.notifications, told),
          remediations: await remediationsOf(tx),
        };
      },
      { isolationLevel: Prisma.TransactionIsolationLevel.RepeatableRead },
    );
  }

  /** Submissions with where each stands, the oldest first. */
  async of(
    where: Prisma.SubmissionWhereInput,
    tx: Transaction = this.prisma,
    now = new Date(),
  ): Promise<StandingSubmission[]> {
    const rows = await tx.submission.findMany({
      where,
      select: { id: true, taxReturnId: true, submissionId: true, ...factsOfDelivery },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    });
    return rows.map(({ id, taxReturnId, submissionId, ...facts }) => ({
      id,
      taxReturnId,
      submissionId,
      createdAt: facts.createdAt,
      delivered: this.delivered(facts, now),
    }));
  }

  /**
   * Submissions of a scope, the oldest first. One statement: what leaves the scope meanwhile is not in the list.
   * @param after our id of the last one of the list before.
   */
  list(scope: DeliveredScope, limit: number, now = new Date(), after?: string): Promise<ScopedSubmission[]> {
    const rest = after
      ? Prisma.sql`(s.created_at, s.id) > (SELECT created_at, id FROM submissions WHERE id = ${after}::uuid)`
      : Prisma.sql`true`;
    return this.prisma.$queryRaw<ScopedSubmission[]>`
      SELECT s.id, s.tax_return_id AS "taxReturnId", s.submission_id AS "submissionId", s.created_at AS "createdAt"
      FROM ${SUBMISSIONS_WITH_REMEDIATION}
      WHERE ${inScope(scope, now, this.boxes)} AND ${rest}
      ORDER BY s.created_at, s.id LIMIT ${limit}`;
  }

  /** How many submissions have not reached the authority: those that may still, and those that failed. */
  undelivered(now = new Date(), tx: Transaction = this.prisma): Promise<Untaken> {
    return untakenOf(tx, countsWithoutReceipt(now, this.boxes));
  }

  private untold(tx: Transaction, now: Date): Promise<Untaken> {
    const standing = toldSql(now, this.settings.TOLD_WITHIN);
    return untakenOf(
      tx,
      Prisma.sql`SELECT ${standing} AS standing, count(*)::int AS rows FROM notifications n WHERE NOT n.is_told GROUP BY 1`,
    );
  }
}

export type Untaken = Record<Exclude<Standing, 'success'>, number>;

async function untakenOf(tx: Transaction, counts: Prisma.Sql): Promise<Untaken> {
  const rows = await tx.$queryRaw<{ standing: Standing; rows: number }[]>(counts);
  const of = (standing: Standing) => rows.find((row) => row.standing === standing)?.rows ?? 0;
  return { 'in-process': of('in-process'), failure: of('failure') };
}

function withSuccess(total: number, others: Untaken): StandingCounts {
  return { success: total - others['in-process'] - others.failure, ...others, total };
}

async function remediationsOf(tx: Transaction): Promise<Audit['remediations']> {
  const [row] = await tx.$queryRaw<Audit['remediations'][]>`
    SELECT count(*) FILTER (WHERE success)::int AS remediated, count(*) FILTER (WHERE ignored_as_duplicate)::int AS duplicate
    FROM (SELECT DISTINCT ON (submission_uuid) success, ignored_as_duplicate FROM remediations
          ORDER BY submission_uuid, created_at DESC, sequence DESC) AS latest`;
  return row ?? { remediated: 0, duplicate: 0 };
}
