import { Injectable } from '@nestjs/common';
import { Prisma, PrismaService } from '#libs/platform/index.js';
import type { BackupStatus } from '#libs/platform/index.js';
import { UNDECIDED_ON_BACKUP } from '../standing/delivered.sql.js';
import type { Verdict } from './upstream.answer.js';

/** Ids that the upstream takes at once. */
const BATCH = 100;

/** The next of their backup ids behind `after`, each once, at most up to `to`. */
export function nextUndecided(after: string, to: string | null): Prisma.Sql {
  return Prisma.sql`
    SELECT DISTINCT s.backup_id AS id FROM submissions s
    WHERE ${UNDECIDED_ON_BACKUP} AND s.backup_id > ${after} AND (${to}::text IS NULL OR s.backup_id <= ${to})
    ORDER BY 1 LIMIT ${BATCH}`;
}

/** Submissions of which the backup path has not said what became of them. */
@Injectable()
export class Undecided {
  constructor(private readonly prisma: PrismaService) {}

  /** All their backup ids, each once, in batches: from behind `resumeAfter` to the end, then from the beginning to there. */
  async *batches(resumeAfter: string): AsyncGenerator<string[]> {
    yield* this.stretch(resumeAfter, null);
    if (resumeAfter !== '') yield* this.stretch('', resumeAfter);
  }

  private async *stretch(from: string, to: string | null): AsyncGenerator<string[]> {
    let ids = await this.next(from, to);
    while (ids.length > 0) {
      yield ids;
      ids = await this.next(ids.at(-1) ?? '', to);
    }
  }

  private async next(after: string, to: string | null): Promise<string[]> {
    const rows = await this.prisma.$queryRaw<{ id: string }[]>(nextUndecided(after, to));
    return rows.map(({ id }) => id);
  }

  /**
   * Writes verdicts to whatever is undecided still, each with a row that says so. What was decided meanwhile stays as it is.
   * The returns are locked first, as for all news of them: a registration that has read the row must not write over this.
   * @returns the status of each submission that was decided.
   */
  async decide(verdicts: Verdict[]): Promise<BackupStatus[]> {
    if (verdicts.length === 0) return [];
    const rows = await this.prisma.retrying(
      (tx) => tx.$queryRaw<{ status: BackupStatus }[]>`
        WITH verdict AS (
          SELECT * FROM unnest(
            ${verdicts.map(({ backupId }) => backupId)}::text[], ${verdicts.map(({ status }) => status)}::backup_status[],
            ${verdicts.map(({ word }) => word)}::text[]
          ) AS verdict (backup_id, status, word)
        ), held AS (
          SELECT t.id FROM tax_returns t
          WHERE t.id IN (SELECT s.tax_return_id FROM submissions s JOIN verdict USING (backup_id) WHERE ${UNDECIDED_ON_BACKUP})
          ORDER BY t.id FOR NO KEY UPDATE
        ), decided AS (
          UPDATE submissions s SET backup_status = verdict.status FROM verdict, held
          WHERE s.backup_id = verdict.backup_id AND s.tax_return_id = held.id AND ${UNDECIDED_ON_BACKUP}
          RETURNING s.id, verdict.status, verdict.word
        )
        INSERT INTO backup_verdicts (submission_uuid, status, word) SELECT id, status, word FROM decided RETURNING status`,
    );
    return rows.map(({ status }) => status);
  }
}
