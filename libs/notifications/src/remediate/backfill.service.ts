import { Injectable } from '@nestjs/common';
import { PrismaService, withoutAddresses } from '#libs/platform/index.js';
import type { Transaction } from '#libs/platform/index.js';
import { SubmissionService } from '../returns/submission.service.js';
import { lockSubmission, RemediationService } from './remediation.service.js';
import type { RemediationAsked } from './remediation.service.js';

/** A list of submissions that were mended elsewhere, or before there was a record of it. */
export interface BackfillAsked extends Omit<RemediationAsked, 'id'> {
  /** Authority's ids, or our own. */
  ids: string[];
  /** The name of the list, or where it lies: by it a submission that was on the list before is known. */
  evidence: string;
  /** True: only say what would become of each. */
  dryRun?: boolean;
}

/** remediated: it has one more now. known: it has one of this list already. unknown: no such submission. */
export const BACKFILL_OUTCOMES = ['remediated', 'known', 'unknown'] as const;
export type BackfillOutcome = (typeof BACKFILL_OUTCOMES)[number];

/** Remediations from lists. A list may be put in again, whole: what is there already is not doubled. */
@Injectable()
export class BackfillService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly submissions: SubmissionService,
    private readonly remediations: RemediationService,
  ) {}

  /**
   * Each in a transaction of its own, in the order of the list.
   * @throws ActionRefused as a single remediation does.
   */
  async run({
    ids,
    dryRun = false,
    ...asked
  }: BackfillAsked): Promise<{ id: string; outcome: BackfillOutcome }[]> {
    const entries = [];
    for (const id of new Set(ids)) {
      const submission = await this.submissions.find(id);
      const outcome = submission ? await this.one(submission.id, asked, dryRun) : 'unknown';
      entries.push({ id, outcome });
    }
    return entries;
  }

  private one(submissionUuid: string, asked: RemediationAsked, dryRun: boolean): Promise<BackfillOutcome> {
    return this.prisma.retrying(async (tx) => {
      await lockSubmission(tx, submissionUuid);
      if (await isKnown(tx, submissionUuid, asked.evidence ?? '')) return 'known';
      if (!dryRun) await this.remediations.add(tx, submissionUuid, asked, 'remediate');
      return 'remediated';
    });
  }
}

async function isKnown(tx: Transaction, submissionUuid: string, evidence: string): Promise<boolean> {
  const where = { submissionUuid, evidence: withoutAddresses(evidence) };
  return (await tx.remediation.count({ where })) > 0;
}
