import { Injectable } from '@nestjs/common';
import { Prisma, PrismaService } from '#libs/platform/index.js';
import type { BackupStatus } from '#libs/platform/index.js';
import { ReturnWrites } from '../returns/return.writes.js';
import { UNDECIDED_ON_BACKUP } from '../standing/delivered.sql.js';
import { ASKED_AT_ONCE } from './upstream.js';
import type { Answered, PollPath } from './poll.path.js';
import { BACKUP_REPORT, readAnswer } from './upstream.answer.js';
import type { Verdict } from './upstream.answer.js';

/** The next of their backup ids behind `after`, each once, at most up to `to`. */
export function nextUndecided(after: string, to: string | null): Prisma.Sql {
  return Prisma.sql`
    SELECT DISTINCT s.backup_id AS id FROM submissions s
    WHERE ${UNDECIDED_ON_BACKUP} AND s.backup_id > ${after} AND (${to}::text IS NULL OR s.backup_id <= ${to})
    ORDER BY 1 LIMIT ${ASKED_AT_ONCE}`;
}

/** Submissions of which the backup path has not said what became of them. */
@Injectable()
export class Undecided implements PollPath<Verdict> {
  readonly name = 'upstream';
  readonly endpoint = 'report';
  readonly mayBeMissing = false;
  readonly about = 'the backup path';

  constructor(
    private readonly prisma: PrismaService,
    private readonly writes: ReturnWrites,
  ) {}

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

  read(asked: string[], answer: unknown) {
    return readAnswer(BACKUP_REPORT, asked, answer);
  }

  settle({ verdicts }: Answered<Verdict>): Promise<BackupStatus[]> {
    return this.decide(verdicts);
  }

  /** Writes down what it decided. @returns the status of each submission that was undecided still. */
  decide(verdicts: Verdict[]): Promise<BackupStatus[]> {
    const decisions = verdicts.map(({ id: backupId, status, word }) => ({ backupId, status, word }));
    return this.prisma.retrying((tx) => this.writes.decide(tx, decisions));
  }
}
