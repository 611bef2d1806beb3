import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/platform/index.js';
import type { Transaction } from '#libs/platform/index.js';
import { ActionRefused } from '../audit/refusal.js';
import { factsOfDelivery, StandingService } from '../standing/standing.service.js';
import type { StandingSubmission } from '../standing/standing.service.js';
import { lockSubmissions, RemediationService } from './remediation.service.js';
import type { RemediationAsked } from './remediation.service.js';

/** What marking duplicates needs: whether they are ones is the question, not an argument. */
export type DuplicatesAsked = Omit<RemediationAsked, 'id' | 'success' | 'ignoredAsDuplicate'>;

/**
 * Submissions of one person: of tax returns with the same user id and the same tax year. Never by address, which families
 * share. Of a return that lacks either nothing is known to be its sibling.
 */
@Injectable()
export class DuplicateService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly standings: StandingService,
    private readonly remediations: RemediationService,
  ) {}

  /** The other submissions of a submission's owner, the oldest first. */
  siblings(submissionUuid: string): Promise<StandingSubmission[]> {
    return this.read(this.prisma, submissionUuid);
  }

  /**
   * What {@link markDuplicatesOf} would mark. Writes nothing.
   * @throws ActionRefused as it does.
   */
  async plan(submissionUuid: string): Promise<StandingSubmission[]> {
    await this.refuseUnlessDelivered(this.prisma, submissionUuid);
    return this.failed(this.prisma, submissionUuid);
  }

  /**
   * Marks what failed of the same person as duplicates of a submission that reached the authority, all of it or nothing.
   * Those that were delivered or are in process stay as they are. Doing it again finds nothing left.
   * @returns the remediations that it made.
   * @throws ActionRefused when the submission to keep did not reach the authority itself.
   */
  markDuplicatesOf(submissionUuid: string, asked: DuplicatesAsked) {
    return this.prisma.retrying(async (tx) => {
      await this.refuseUnlessDelivered(tx, submissionUuid);
      return this.mark(tx, submissionUuid, asked);
    });
  }

  /** The same within a transaction of the caller's, of one that {@link mayBeKept}. */
  async mark(tx: Transaction, submissionUuid: string, asked: DuplicatesAsked) {
    // Read again under lock: of two who mark at once, the second finds nothing left.
    await lockSubmissions(
      tx,
      (await this.read(tx, submissionUuid)).map(({ id }) => id),
    );
    const made = [];
    for (const { id } of await this.failed(tx, submissionUuid))
      made.push(
        await this.remediations.add(tx, id, { ...asked, ignoredAsDuplicate: true }, 'mark-duplicate'),
      );
    return made;
  }

  /** Whether a submission reached the authority itself, so that others may stand aside for it. */
  async mayBeKept(id: string, tx: Transaction = this.prisma): Promise<boolean> {
    const kept = await tx.submission.findUnique({ where: { id }, select: factsOfDelivery });
    // What counts must not itself stand aside for another.
    const own = kept && { ...kept, remediations: kept.remediations.filter((one) => !one.ignoredAsDuplicate) };
    return own !== null && this.standings.delivered(own) === 'success';
  }

  private async refuseUnlessDelivered(tx: Transaction, id: string): Promise<void> {
    if (!(await this.mayBeKept(id, tx)))
      throw new ActionRefused(
        'not-delivered',
        'The submission to keep did not reach the authority itself, so the others may be all there is.',
      );
  }

  /** What failed of the others of its owner. */
  async failed(tx: Transaction, submissionUuid: string): Promise<StandingSubmission[]> {
    return (await this.read(tx, submissionUuid)).filter(({ delivered }) => delivered === 'failure');
  }

  private async read(tx: Transaction, submissionUuid: string): Promise<StandingSubmission[]> {
    const owner = await tx.submission.findUnique({
      where: { id: submissionUuid },
      select: { taxReturn: { select: { userId: true, taxYear: true } } },
    });
    const { userId = null, taxYear = null } = owner?.taxReturn ?? {};
    if (userId === null || taxYear === null) return [];
    return this.standings.of({ taxReturn: { userId, taxYear }, NOT: { id: submissionUuid } }, tx);
  }
}
