import { Injectable } from '@nestjs/common';
import { PrismaService, withoutAddresses } from '#libs/platform/index.js';
import type { Transaction } from '#libs/platform/index.js';
import { isUuid } from '../terms/fields.js';
import { lockSubmissions, RemediationService } from './remediation.service.js';
import type { RemediationAsked } from './remediation.service.js';

/** Submissions that were mended elsewhere, or before there was a record of it. */
export interface MendedAsked extends Omit<RemediationAsked, 'id'> {
  /** The name of the list, or where it lies: by it a submission that was on the list before is known. */
  evidence: string;
}

/** A list of them that a caller holds in hand. */
export interface BackfillAsked extends MendedAsked {
  /** Authority's ids, or our own. */
  ids: string[];
  /** True: only say what would become of each. */
  dryRun?: boolean;
}

/** remediated: it has one more now. known: it has one of this list already. unknown: no such submission. */
export const BACKFILL_OUTCOMES = ['remediated', 'known', 'unknown'] as const;
export type BackfillOutcome = (typeof BACKFILL_OUTCOMES)[number];

/** A submission of a list. */
export interface ListedSubmission {
  id: string;
  submissionId: string | null;
  taxReturnId: string;
  /** It has a remediation of this list already. */
  isKnown: boolean;
}

/** Remediations from lists. A list may be put in again, whole: what is there already is not doubled. */
@Injectable()
export class BackfillService {
  constructor(
    private readonly prisma: PrismaService,
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
    const all = [...new Set(ids)];
    if (dryRun) {
      const found = await this.find(this.prisma, all, asked.evidence);
      return all.map((id) => ({ id, outcome: outcomeOf(found.get(id)) }));
    }
    const entries = [];
    for (const id of all) {
      const [outcome = 'unknown' as const] = await this.prisma.retrying((tx) => this.mend(tx, [id], asked));
      entries.push({ id, outcome });
    }
    return entries;
  }

  /** Those that there are, by the id that was given: the authority's, or our own. */
  async find(tx: Transaction, ids: string[], evidence = ''): Promise<Map<string, ListedSubmission>> {
    const rows = await tx.submission.findMany({
      where: { OR: [{ submissionId: { in: ids } }, { id: { in: ids.filter(isUuid) } }] },
      select: {
        id: true,
        submissionId: true,
        taxReturnId: true,
        remediations: { where: { evidence: withoutAddresses(evidence) }, select: { id: true }, take: 1 },
      },
    });
    const bySubmissionId = new Map(rows.map((row) => [row.submissionId, row]));
    const byId = new Map(rows.map((row) => [row.id, row]));
    return new Map(
      ids.flatMap((given) => {
        const row = bySubmissionId.get(given) ?? byId.get(given.toLowerCase());
        if (!row) return [];
        const { id, submissionId, taxReturnId, remediations } = row;
        return [[given, { id, submissionId, taxReturnId, isKnown: remediations.length > 0 }]];
      }),
    );
  }

  /**
   * Mends submissions within a transaction of the caller's, in the order of their ids.
   * @throws ActionRefused as a single remediation does.
   */
  async mend(tx: Transaction, ids: string[], asked: MendedAsked): Promise<BackfillOutcome[]> {
    const there = await this.find(tx, ids, asked.evidence);
    await lockSubmissions(
      tx,
      [...there.values()].map(({ id }) => id),
    );
    // Whoever had one of them meanwhile may have kept the same.
    const found = await this.find(tx, ids, asked.evidence);
    const mended = new Set<string>();
    const outcomes: BackfillOutcome[] = [];
    for (const given of ids) {
      const submission = found.get(given);
      const isKnown = submission !== undefined && (submission.isKnown || mended.has(submission.id));
      if (submission && !isKnown) {
        await this.remediations.add(tx, submission.id, asked, 'remediate');
        mended.add(submission.id);
      }
      outcomes.push(outcomeOf(submission && { isKnown }));
    }
    return outcomes;
  }
}

function outcomeOf(submission: Pick<ListedSubmission, 'isKnown'> | undefined): BackfillOutcome {
  if (!submission) return 'unknown';
  return submission.isKnown ? 'known' : 'remediated';
}
