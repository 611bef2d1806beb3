import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/platform/index.js';
import type { Eligibility } from '../../batch/batch.rules.js';
import { BatchSteps } from '../../batch/batch.steps.js';
import type { Applied, Looked, RowStep, StepAct } from '../../batch/batch.steps.js';
import type { WorkingBatch } from '../../batch/batch.turns.js';
import { OVERRIDABLE } from './resend.rules.js';
import type { LeftOut } from './resend.rules.js';
import { ResendStep } from './resend.step.js';
import type { Judged, ResendOrder } from './resend.step.js';

/** What is left out for a reason that lists of returns know too. */
const OUTCOMES: Partial<Record<LeftOut, Eligibility['outcome']>> = {
  'already-told': 'already-told',
  'no-address': 'no-address',
  superseded: 'superseded',
  suppressed: 'suppressed',
};

/** Sends the mails of a list again, by the rules by which one is. */
@Injectable()
export class ResendRows implements RowStep {
  readonly atOnce = 200;

  constructor(
    private readonly prisma: PrismaService,
    private readonly step: ResendStep,
    steps: BatchSteps,
  ) {
    steps.register('resend', this);
  }

  async look(batch: WorkingBatch, subjects: string[]): Promise<Map<string, Looked>> {
    const judged = await this.step.judgeAll(this.prisma, subjects, orderOf(batch), false);
    return new Map(
      judged.map((one) => {
        const { id, taxReturnId } = one.mail;
        return [id, { key: id, taxReturnId, ...eligibilityOf(one) }];
      }),
    );
  }

  begin(batch: WorkingBatch): StepAct {
    return async (tx, rows) => {
      const ids = rows.map(({ subject }) => subject);
      const { judged, rows: mails, sentAs } = await this.step.act(tx, ids, orderOf(batch));
      const byId = new Map(judged.map((one) => [one.mail.id, one]));
      return {
        applied: rows.map(({ row, subject }) => ({ row, ...endingOf(byId.get(subject), sentAs) })),
        // Those that are sent again together never stand before one that is sent alone.
        mails: mails.map((mail) => ({ ...mail, inBatch: true })),
      };
    };
  }
}

function orderOf({ id, ordered, madeBy }: WorkingBatch): ResendOrder {
  const { reason = '', override = [] } = ordered ?? {};
  return {
    actor: madeBy,
    reason,
    source: `batch/${id}`,
    override: OVERRIDABLE.filter((name) => override.includes(name)),
  };
}

function eligibilityOf({ verdict }: Judged): Eligibility {
  switch (verdict.does) {
    case 'open-again':
    case 'make-new':
      return { outcome: 'ready' };
    case 'nothing-more':
      return { outcome: 'already-done' };
    case 'leave-out':
      return { outcome: OUTCOMES[verdict.why] ?? 'not-affected', reason: verdict.superseded ?? verdict.why };
  }
}

function endingOf(judged: Judged | undefined, sentAs: Map<string, string | undefined>): Omit<Applied, 'row'> {
  if (!judged) return { outcome: 'unknown' };
  const { mail, verdict } = judged;
  const { outcome, reason } = eligibilityOf(judged);
  if (verdict.does === 'open-again') return { outcome: 'applied', notificationId: mail.id };
  if (verdict.does === 'make-new')
    return { outcome: 'applied', reason: 'as-a-new-mail', notificationId: sentAs.get(mail.id) };
  // It is settled as what it is.
  return { outcome: outcome === 'superseded' ? 'applied' : outcome, reason };
}
