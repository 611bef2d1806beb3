import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/platform/index.js';
import { BackfillService } from '../remediate/backfill.service.js';
import type { BackfillOutcome, MendedAsked } from '../remediate/backfill.service.js';
import type { RowOutcome } from './batch.outcome.js';
import { BatchSteps } from './batch.steps.js';
import type { Looked, RowStep, StepAct } from './batch.steps.js';
import type { WorkingBatch } from './batch.turns.js';

const OUTCOMES: Record<BackfillOutcome, RowOutcome> = {
  remediated: 'applied',
  known: 'already-done',
  unknown: 'unknown',
};

/** Keeps that the submissions of a list were mended elsewhere. */
@Injectable()
export class RemediateStep implements RowStep {
  readonly atOnce = 50;

  constructor(
    private readonly prisma: PrismaService,
    private readonly backfills: BackfillService,
    steps: BatchSteps,
  ) {
    steps.register('remediate', this);
  }

  async look(batch: WorkingBatch, subjects: string[]): Promise<Map<string, Looked>> {
    const found = await this.backfills.find(this.prisma, subjects, askedOf(batch).evidence);
    return new Map(
      [...found].map(([subject, { id, submissionId, taxReturnId, isKnown }]) => [
        subject,
        { key: id, alias: submissionId, taxReturnId, outcome: isKnown ? 'already-done' : 'ready' },
      ]),
    );
  }

  begin(batch: WorkingBatch): StepAct {
    return async (tx, rows) => {
      const subjects = rows.map(({ subject }) => subject);
      const outcomes = await this.backfills.mend(tx, subjects, askedOf(batch));
      return {
        applied: rows.map(({ row }, place) => ({ row, outcome: OUTCOMES[outcomes[place] ?? 'unknown'] })),
      };
    };
  }
}

function askedOf({ ordered, madeBy, id }: WorkingBatch): MendedAsked {
  const { reason = '', context = '', evidence = id, ignoredAsDuplicate } = ordered ?? {};
  return { actor: madeBy, reason, context, evidence, ignoredAsDuplicate };
}
