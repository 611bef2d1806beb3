import { Injectable, Logger } from '@nestjs/common';
import { PrismaService, Sealer } from '#libs/platform/index.js';
import { openCodes } from './kept.codes.js';
import type { KeptCodes } from './kept.codes.js';
import { ReturnStore, TurnedUpMeanwhile } from './return.store.js';
import { ReturnWrites } from './return.writes.js';
import { factsOfDelivery, StandingService } from '../standing/standing.service.js';
import { isUuid } from '../terms/fields.js';
import type { RejectionCode } from '../terms/fields.js';

/** An event as it is shown: without the words of the exception. */
export const eventView = {
  type: true,
  occurredAt: true,
  recordedAt: true,
  failureCategory: true,
  failureDetail: true,
  incident: true,
} as const;

/** What is known of submissions, to be read. */
@Injectable()
export class SubmissionService {
  private readonly logger = new Logger(SubmissionService.name);

  constructor(
    private readonly prisma: PrismaService,
    private readonly returns: ReturnStore,
    private readonly writes: ReturnWrites,
    private readonly standings: StandingService,
    private readonly sealer: Sealer,
  ) {}

  /** By the authority's id, or by our own for a submission that has none. Null when there is none. */
  async find(id: string) {
    const where = isUuid(id) ? { OR: [{ submissionId: id }, { id }] } : { submissionId: id };
    const row = await this.prisma.submission.findFirst({
      where,
      select: {
        id: true,
        taxReturnId: true,
        key: true,
        submissionId: true,
        receiptId: true,
        submissionReceivedAt: true,
        createdAt: true,
        backupId: true,
        backupStatus: true,
        remediations: factsOfDelivery.remediations,
        events: {
          select: eventView,
          orderBy: { sequence: 'asc' },
        },
      },
    });
    if (!row) return null;
    const { backupId, backupStatus, remediations, ...shown } = row;
    return {
      ...shown,
      backup: backupId === null ? null : { id: backupId, status: backupStatus },
      delivered: this.standings.delivered({ ...shown, backupId, backupStatus, remediations }),
      rejectionCodes: await this.rejectionCodes(row.submissionId),
    };
  }

  /**
   * Keeps the codes of a submission, before or after its rejection, also of one that nobody knows: by the lock, either these
   * codes or whoever registers it sees the other.
   */
  async keepRejectionCodes(submissionId: string, codes: RejectionCode[]): Promise<void> {
    await this.prisma.retrying(async (tx) => {
      await this.returns.lock(tx, [{ submissionId }]);
      await this.writes.keep(tx, { codes: [{ submissionId, codes }] });
    }, TurnedUpMeanwhile);
  }

  private async rejectionCodes(submissionId: string | null): Promise<RejectionCode[]> {
    if (!submissionId) return [];
    const row = await this.prisma.rejectionCodes.findUnique({
      where: { submissionId },
      select: { submissionId: true, codes: true, fullCodes: true },
    });
    if (!row) return [];
    return openCodes(this.sealer, row as KeptCodes, (error) =>
      this.logger.error({
        message: 'The words of a rejection cannot be opened; they are left out',
        submissionId,
        err: error,
      }),
    );
  }
}
