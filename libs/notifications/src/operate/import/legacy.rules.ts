import type { BackupStatus } from '#libs/platform/index.js';
import type { LegacyRecord } from '../../batch/legacy.list.js';
import type { LegacyFact, LegacyState } from './legacy.states.js';

/** As much of a submission as decides what its history adds. */
export interface KnownFacts {
  taxReturnId: string;
  receiptId: string | null;
  backupId: string | null;
  backupStatus: BackupStatus | null;
  isAccepted: boolean;
  /** Its history has this state's remediation already. */
  hasThisRemediation: boolean;
  /** People did something about it here, besides what was imported. */
  hasOwnRemediation: boolean;
}

/** What is to be kept of a row. */
export type Kept =
  'receipt' | 'backup' | 'backup-rejected' | 'backup-accepted' | 'remediation' | 'duplicate' | 'registered';

/** Why nothing is. */
export type LeftOut =
  | 'unknown-state'
  | 'bad-date'
  | 'other-return'
  | 'no-receipt-id'
  | 'other-receipt'
  | 'no-backup-id'
  | 'other-backup-id'
  | 'backup-id-taken'
  | 'rejected-since'
  | 'no-evidence'
  | 'remediated-since'
  | 'no-fact';

export type Verdict =
  | { outcome: 'ready'; reason: Kept }
  | { outcome: 'not-affected'; reason: LeftOut }
  | { outcome: 'unknown'; reason: 'no-tax-return-id' }
  | { outcome: 'accepted' | 'already-done'; reason?: undefined };

/** A row whose state and date can be read. */
export interface ReadRecord extends Omit<LegacyRecord, 'state' | 'when'> {
  state: LegacyState;
  fact: LegacyFact;
  when: Date;
}

const done: Verdict = { outcome: 'already-done' };
const left = (reason: LeftOut): Verdict => ({ outcome: 'not-affected', reason });
const keep = (reason: Kept): Verdict => ({ outcome: 'ready', reason });

const NOTHING: Omit<KnownFacts, 'taxReturnId'> = {
  receiptId: null,
  backupId: null,
  backupStatus: null,
  isAccepted: false,
  hasThisRemediation: false,
  hasOwnRemediation: false,
};

/**
 * What a row of history adds to what is known of its submission. What is settled stays: history is older than all that came here
 * by itself.
 * @param known undefined where the submission is not known yet.
 * @param isBackupTaken another submission has its id of the backup path.
 */
export function judge(record: ReadRecord, known: KnownFacts | undefined, isBackupTaken: boolean): Verdict {
  if (!known && record.taxReturnId === undefined) return { outcome: 'unknown', reason: 'no-tax-return-id' };
  if (known && record.taxReturnId !== undefined && record.taxReturnId !== known.taxReturnId)
    return left('other-return');
  const facts = known ?? NOTHING;
  switch (record.fact) {
    case 'none':
      return known ? left('no-fact') : keep('registered');
    case 'receipt':
      return receipt(record, facts);
    case 'backup':
      return backup(record, facts, isBackupTaken);
    case 'backup-rejected':
      if (facts.isAccepted || facts.backupStatus === 'accepted') return { outcome: 'accepted' };
      return decided(record, facts, 'rejected', isBackupTaken);
    case 'success':
      return success(record, facts, isBackupTaken);
    case 'remediation':
    case 'duplicate':
      if (facts.hasThisRemediation) return done;
      return facts.hasOwnRemediation ? left('remediated-since') : keep(record.fact);
  }
}

function receipt({ receiptId }: ReadRecord, known: typeof NOTHING): Verdict {
  if (receiptId === undefined) return known.receiptId === null ? left('no-receipt-id') : done;
  if (known.receiptId === null) return keep('receipt');
  return known.receiptId === receiptId ? done : left('other-receipt');
}

function backup({ backupId }: ReadRecord, known: typeof NOTHING, isTaken: boolean): Verdict {
  if (backupId === undefined) return known.backupId === null ? left('no-backup-id') : done;
  if (known.backupId !== null) return known.backupId === backupId ? done : left('other-backup-id');
  return isTaken ? left('backup-id-taken') : keep('backup');
}

/** The backup path has it, and said what became of it. */
function decided(record: ReadRecord, known: typeof NOTHING, status: BackupStatus, isTaken: boolean): Verdict {
  const there = backup(record, known, isTaken);
  if (there.outcome === 'not-affected' || known.backupStatus === status) return there;
  return known.backupStatus === null ? keep(`backup-${status}`) : left('rejected-since');
}

/** It counts by what proves it: a catch-all says nothing that could be looked up. */
function success(record: ReadRecord, known: typeof NOTHING, isTaken: boolean): Verdict {
  if (record.receiptId !== undefined) return receipt(record, known);
  if (record.backupId !== undefined || known.backupId !== null)
    return decided(record, known, 'accepted', isTaken);
  return known.receiptId === null ? left('no-evidence') : done;
}
