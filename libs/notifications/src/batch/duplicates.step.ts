import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/platform/index.js';
import type { Transaction } from '#libs/platform/index.js';
import { BackfillService } from '../remediate/backfill.service.js';
import { DuplicateService } from '../remediate/duplicate.service.js';
import type { Eligibility } from './batch.rules.js';
import { BatchSteps } from './batch.steps.js';
import type { Applied, Looked, RowStep, StepAct } from './batch.steps.js';
import type { WorkingBatch } from './batch.turns.js';

/** Marks what failed of the same people as duplicates of the submissions of a list, which reached the authority. */
@Injectable()
export class DuplicatesStep implements RowStep {
  readonly atOnce = 20;

  constructor(
    private readonly prisma: PrismaService,
    private readonly duplicates: DuplicateService,
    private readonly backfills: BackfillService,
    steps: BatchSteps,
  ) {
    steps.register('mark-duplicates', this);
  }

  async look(_batch: WorkingBatch, subjects: string[]): Promise<Map<string, Looked>> {
    const looked = new Map<string, Looked>();
    for (const [subject, { id, submissionId, taxReturnId }] of await this.backfills.find(
      this.prisma,
      subjects,
    ))
      looked.set(subject, {
        key: id,
        alias: submissionId,
        taxReturnId,
        ...(await this.eligibilityOf(this.prisma, id)),
      });
    return looked;
  }

  begin({ ordered, madeBy }: WorkingBatch): StepAct {
    const { reason = '', context = '', evidence } = ordered ?? {};
    const asked = { actor: madeBy, reason, context, evidence };
    return async (tx, rows) => {
      const found = await this.backfills.find(
        tx,
        rows.map(({ subject }) => subject),
      );
      const applied: Applied[] = [];
      for (const { row, subject } of rows) {
        const kept = found.get(subject)?.id;
        const now = kept === undefined ? UNKNOWN : await this.eligibilityOf(tx, kept);
        if (kept === undefined || now.outcome !== 'ready') applied.push({ row, ...now });
        else {
          const { length } = await this.duplicates.mark(tx, kept, asked);
          applied.push(
            length > 0 ? { row, outcome: 'applied', reason: `marked-${length}` } : { row, ...NONE },
          );
        }
      }
      return { applied };
    };
  }

  private async eligibilityOf(tx: Transaction, id: string): Promise<Eligibility> {
    if (!(await this.duplicates.mayBeKept(id, tx)))
      return { outcome: 'not-affected', reason: 'not-delivered' };
    return (await this.duplicates.failed(tx, id)).length > 0 ? { outcome: 'ready' } : NONE;
  }
}

const UNKNOWN: Eligibility = { outcome: 'unknown' };
const NONE: Eligibility = { outcome: 'not-affected', reason: 'nothing-failed' };
