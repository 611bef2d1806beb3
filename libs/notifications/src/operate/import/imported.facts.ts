import { Injectable } from '@nestjs/common';
import { v5 as uuidOf } from 'uuid';
import type { BackupStatus, Transaction } from '#libs/platform/index.js';
import type { WorkingBatch } from '../../batch/batch.turns.js';
import { RemediationService } from '../../remediate/remediation.service.js';
import { giveMailsTo } from '../../request/notification.requests.js';
import { isFailure } from '../../returns/return.history.js';
import { ReturnWrites } from '../../returns/return.writes.js';
import { isUuid } from '../../terms/fields.js';
import type { Kept, ReadRecord } from './legacy.rules.js';
import { LEGACY_STATES } from './legacy.states.js';
import type { LegacyState } from './legacy.states.js';

/** Remediations of history have ids in it: the same state of the same submission makes the same one. */
export const LEGACY_NAMESPACE = '4d0f3c1a-6a6d-4a57-9b1f-0c6b6f3f8f13';

/** A submission, as its history finds it. */
export interface KnownSubmission {
  id: string;
  taxReturnId: string;
  key: string | null;
  submissionId: string | null;
  receiptId: string | null;
  backupId: string | null;
  backupStatus: BackupStatus | null;
  createdAt: Date;
  isAccepted: boolean;
  isSubmitted: boolean;
  /** A failure came here, or its end: the last event of a submission decides its status. */
  hasOwnNews: boolean;
  remediations: string[];
  hasOwnRemediation: boolean;
}

/** Reads and writes what history says of submissions. Each is called under their locks. */
@Injectable()
export class ImportedFacts {
  constructor(
    private readonly writes: ReturnWrites,
    private readonly remediations: RemediationService,
  ) {}

  /** By the id that was given: the authority's, or our own. */
  async known(tx: Transaction, given: string[]): Promise<Map<string, KnownSubmission>> {
    const rows = await tx.submission.findMany({
      where: { OR: [{ submissionId: { in: given } }, { id: { in: given.filter(isUuid) } }] },
      select: {
        id: true,
        taxReturnId: true,
        key: true,
        submissionId: true,
        receiptId: true,
        backupId: true,
        backupStatus: true,
        createdAt: true,
        events: { select: { type: true } },
        remediations: { select: { id: true, success: true } },
      },
    });
    const found = rows.map(({ events, remediations, ...row }): KnownSubmission => {
      const imported = importedIdsOf(row.id);
      const ids = remediations.map(({ id }) => id);
      return {
        ...row,
        isAccepted: events.some(({ type }) => type === 'accepted'),
        isSubmitted: events.some(({ type }) => type === 'submitted'),
        hasOwnNews: events.some(({ type }) => type === 'error_resolved' || isFailure(type)),
        remediations: ids,
        // What was imported and taken back here is of people here.
        hasOwnRemediation: remediations.some(({ id, success }) => !success || !imported.includes(id)),
      };
    });
    const bySubmissionId = new Map(found.map((row) => [row.submissionId, row]));
    const byId = new Map(found.map((row) => [row.id, row]));
    return new Map(
      given.flatMap((id) => {
        const its = bySubmissionId.get(id) ?? byId.get(id.toLowerCase());
        return its ? [[id, its] as const] : [];
      }),
    );
  }

  /** Which submission has an id of the backup path. */
  async holders(tx: Transaction, backupIds: string[]): Promise<Map<string, string>> {
    const rows = await tx.submission.findMany({
      where: { backupId: { in: backupIds }, backupIdRepeated: false },
      select: { id: true, backupId: true },
    });
    return new Map(rows.map(({ id, backupId }) => [backupId ?? '', id]));
  }

  /**
   * Keeps what a row says. It goes to the one writer of facts and by no door of messages, since behind each of those somebody is told.
   * @returns our id of the submission.
   */
  async keep(
    tx: Transaction,
    record: ReadRecord,
    what: Kept,
    known: KnownSubmission | undefined,
    batch: WorkingBatch,
  ): Promise<string> {
    const its = known ?? (await this.register(tx, record));
    switch (what) {
      case 'receipt':
        await this.keepReceipt(tx, its, record, batch);
        break;
      case 'backup':
      case 'backup-accepted':
      case 'backup-rejected':
        await this.writes.completeSubmission(tx, its, its.key, {
          backup: { id: record.backupId ?? its.backupId ?? '', status: STATUS[what] },
        });
        break;
      case 'remediation':
      case 'duplicate':
        await this.keepRemediation(tx, its, record, batch);
        break;
      case 'registered':
    }
    return its.id;
  }

  /** As the backend would, but without a key, which it may give later. */
  private async register(tx: Transaction, { submissionId, taxReturnId = '', when }: ReadRecord) {
    const there = await tx.taxReturn.findUnique({ where: { id: taxReturnId }, select: { id: true } });
    if (!there) await this.writes.registerReturn(tx, taxReturnId, { createdAt: when });
    const id = await this.writes.openSubmission(tx, taxReturnId, null, { submissionId, createdAt: when });
    await giveMailsTo(tx, [{ taxReturnId, id, submissionId }]);
    return {
      ...{ id, taxReturnId, submissionId, key: null, receiptId: null, backupId: null, backupStatus: null },
      createdAt: when,
      isSubmitted: false,
      hasOwnNews: false,
    };
  }

  private async keepReceipt(
    tx: Transaction,
    its: Awaited<ReturnType<ImportedFacts['register']>> | KnownSubmission,
    { receiptId = '', when }: ReadRecord,
    { incident }: WorkingBatch,
  ): Promise<void> {
    const { id, taxReturnId, submissionId } = its;
    // A confirmation without a receipt, or a failure, came here by itself: only the receipt is news.
    if (its.isSubmitted || its.hasOwnNews)
      return this.writes.completeSubmission(tx, its, its.key, { receiptId });
    await this.writes.keep(tx, {
      confirmed: [{ id, submissionId, receiptId, submissionReceivedAt: when }],
      events: [
        {
          taxReturnId,
          submissionUuid: id,
          type: 'submitted',
          occurrence: '',
          source: `legacy/${id}.submitted`,
          occurredAt: when,
          incident: incident ?? undefined,
        },
      ],
    });
  }

  private async keepRemediation(
    tx: Transaction,
    { id: submission }: { id: string },
    { state, fact, when }: ReadRecord,
    { id: batch, ordered, madeBy: actor }: WorkingBatch,
  ): Promise<void> {
    const { reason = '', context = '', evidence = batch } = ordered ?? {};
    const day = when.toISOString().slice(0, 10);
    await this.remediations.add(
      tx,
      submission,
      {
        id: uuidOf(`${submission}/${state}`, LEGACY_NAMESPACE),
        actor,
        reason,
        context: `${context} (${state}, ${day})`,
        evidence,
        ignoredAsDuplicate: fact === 'duplicate',
      },
      fact === 'duplicate' ? 'mark-duplicate' : 'remediate',
    );
  }
}

const STATUS: Record<'backup' | 'backup-accepted' | 'backup-rejected', BackupStatus | undefined> = {
  backup: undefined,
  'backup-accepted': 'accepted',
  'backup-rejected': 'rejected',
};

/** The ids that remediations of its history have. */
function importedIdsOf(submission: string): string[] {
  return (Object.keys(LEGACY_STATES) as LegacyState[]).map((state) =>
    uuidOf(`${submission}/${state}`, LEGACY_NAMESPACE),
  );
}
