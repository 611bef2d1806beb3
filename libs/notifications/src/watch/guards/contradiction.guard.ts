import { Inject, Injectable } from '@nestjs/common';
import { PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { GuardPauses } from './guard.pauses.js';
import type { Finding } from './guard.pauses.js';
import { failsAtOnce } from './guard.rules.js';
import type { Outcomes } from './guard.rules.js';
import { HEARD_BEFORE, HEARD_LATELY } from './guard.statements.js';
import type { Heard } from './guard.statements.js';
import { REASONS } from './guard.words.js';

/** Mails by which taxpayers hear what was said of their submission. */
export const TOLD_OF_AN_ANSWER: ReadonlySet<string> = new Set(['accepted', 'rejected', 'submission-error']);

/** Pauses what tells of answers that cannot be true: yes and no to the same submissions, or no to all of them at once. */
@Injectable()
export class ContradictionGuard {
  constructor(
    private readonly prisma: PrismaService,
    private readonly pauses: GuardPauses,
    @Inject(SETTINGS)
    private readonly settings: Pick<
      Settings,
      'GUARD_CONTRADICTION_WITHIN' | 'GUARD_CONTRADICTIONS' | 'GUARD_FAILURES'
    >,
  ) {}

  async look(): Promise<void> {
    const [heard] = await HEARD_LATELY.run(this.prisma.pool, this.settings.GUARD_CONTRADICTION_WITHIN);
    if (!heard) return;
    for (const finding of [this.contradicted(heard), ...(await this.failing(heard))])
      if (finding) await this.pauses.pause(finding);
  }

  private contradicted({ contradicted }: Heard): Finding | undefined {
    const { GUARD_CONTRADICTIONS, GUARD_CONTRADICTION_WITHIN } = this.settings;
    if (contradicted < GUARD_CONTRADICTIONS) return undefined;
    return {
      guard: 'contradiction',
      targets: ['accepted', 'rejected'],
      reason: REASONS.contradiction(contradicted, GUARD_CONTRADICTION_WITHIN),
      counted: contradicted,
    };
  }

  private async failing(heard: Heard): Promise<(Finding | undefined)[]> {
    const { GUARD_FAILURES: least, GUARD_CONTRADICTION_WITHIN } = this.settings;
    const [decided, sent] = [decidedOf(heard), sentOf(heard)];
    // What is usual is asked only when it would matter.
    if (![decided, sent].some((now) => failsAtOnce(now, NOTHING, least))) return [];
    const [before] = await HEARD_BEFORE.run(this.prisma.pool, GUARD_CONTRADICTION_WITHIN);
    if (!before) return [];
    const finding = (target: 'rejected' | 'submission-error', reason: string, now: Outcomes): Finding => ({
      guard: 'contradiction',
      targets: [target],
      reason,
      counted: now.failed,
    });
    const [decidedBefore, sentBefore] = [decidedOf(before), sentOf(before)];
    return [
      failsAtOnce(decided, decidedBefore, least)
        ? finding('rejected', REASONS.rejected(decided, decidedBefore), decided)
        : undefined,
      failsAtOnce(sent, sentBefore, least)
        ? finding('submission-error', REASONS.failed(sent, sentBefore), sent)
        : undefined,
    ];
  }
}

const NOTHING: Outcomes = { failed: 0, went: 0 };

function decidedOf({ accepted, rejected }: Omit<Heard, 'contradicted'>): Outcomes {
  return { failed: rejected, went: accepted };
}

function sentOf({ submitted, failed }: Omit<Heard, 'contradicted'>): Outcomes {
  return { failed, went: submitted };
}
