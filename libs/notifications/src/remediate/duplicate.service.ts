import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/platform/index.js';
import type { Transaction } from '#libs/platform/index.js';
import type { Standing } from '../request/told.js';
import { factsOfDelivery, StandingService } from '../standing/standing.service.js';
import { RemediationRefused, RemediationService } from './remediation.service.js';
import type { RemediationAsked } from './remediation.service.js';

/** Another submission of the same person for the same year. */
export interface Sibling {
  id: string;
  taxReturnId: string;
  submissionId: string | null;
  createdAt: Date;
  /** Did it reach the authority? */
  delivered: Standing;
}

/** What marking duplicates needs: whether they are ones is the question, not an argument. */
export type DuplicatesAsked = Omit<RemediationAsked, 'success' | 'ignoredAsDuplicate'>;

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
  siblings(submissionUuid: string, tx: Transaction = this.prisma): Promise<Sibling[]> {
    return this.read(tx, submissionUuid);
  }

  /**
   * Marks what failed of the same person as duplicates of a submission that reached the authority, all of it or nothing.
   * Those that were delivered or are in process stay as they are. Doing it again finds nothing left.
   * @returns the remediations that it made.
   * @throws RemediationRefused when the submission to keep did not reach the authority itself.
   */
  markDuplicatesOf(submissionUuid: string, asked: DuplicatesAsked) {
    return this.prisma.retrying(async (tx) => {
      await this.refuseUnlessDelivered(tx, submissionUuid);
      // Read again under lock: of two who mark at once, the second finds nothing left.
      await lockAll(tx, await this.read(tx, submissionUuid));
      const failed = (await this.read(tx, submissionUuid)).filter(({ delivered }) => delivered === 'failure');
      const made = [];
      for (const { id } of failed)
        made.push(
          await this.remediations.add(tx, id, { ...asked, ignoredAsDuplicate: true }, 'mark-duplicate'),
        );
      return made;
    });
  }

  private async refuseUnlessDelivered(tx: Transaction, id: string): Promise<void> {
    const kept = await tx.submission.findUnique({ where: { id }, select: factsOfDelivery });
    // What counts must not itself stand aside for another.
    const own = kept && { ...kept, remediations: kept.remediations.filter((one) => !one.ignoredAsDuplicate) };
    if (!own || this.standings.delivered(own) !== 'success')
      throw new RemediationRefused(
        'The submission to keep did not reach the authority itself, so the others may be all there is.',
      );
  }

  private async read(tx: Transaction, submissionUuid: string): Promise<Sibling[]> {
    const owner = await tx.submission.findUnique({
      where: { id: submissionUuid },
      select: { taxReturn: { select: { userId: true, taxYear: true } } },
    });
    const { userId = null, taxYear = null } = owner?.taxReturn ?? {};
    if (userId === null || taxYear === null) return [];
    const rows = await tx.submission.findMany({
      where: { taxReturn: { userId, taxYear }, NOT: { id: submissionUuid } },
      select: { id: true, taxReturnId: true, submissionId: true, ...factsOfDelivery },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    });
    const now = new Date();
    return rows.map((row) => ({
      id: row.id,
      taxReturnId: row.taxReturnId,
      submissionId: row.submissionId,
      createdAt: row.createdAt,
      delivered: this.standings.delivered(row, now),
    }));
  }
}

/** In one order, so that nobody waits in a circle. */
async function lockAll(tx: Transaction, siblings: Sibling[]): Promise<void> {
  const ids = siblings.map(({ id }) => id);
  await tx.$queryRaw`SELECT 1 FROM submissions WHERE id = ANY(${ids}::uuid[]) ORDER BY id FOR NO KEY UPDATE`;
}
