import type { BackupStatus, SubmissionEventType } from '#libs/platform/index.js';
import type { Standing } from './told.js';

/** All that says whether a submission reached the authority. In any order; nothing of it is a state that somebody kept. */
export interface DeliveryFacts {
  createdAt: Date;
  receiptId: string | null;
  events: { type: SubmissionEventType }[];
  backupId: string | null;
  backupStatus: BackupStatus | null;
  remediations: RemediationFact[];
}

export interface RemediationFact {
  createdAt: Date;
  sequence: bigint;
  success: boolean;
  ignoredAsDuplicate: boolean;
}

/** Milliseconds since its creation within which a submission counts as in process: as long as nothing took it, or on the backup path. */
export interface TimeBoxes {
  primary: number;
  backup: number;
}

/** What only the authority can say: whoever heard it needs no receipt. */
export const ACKNOWLEDGEMENTS = [
  'submitted',
  'accepted',
  'rejected',
] as const satisfies readonly SubmissionEventType[];

/**
 * Did the submission reach the authority? `success` and `in-process` by facts, everything else is a failure. A box is over at
 * the instant at which it ends. For many rows: delivered.sql.ts, which must say the same.
 */
export function deliveredOf(facts: DeliveryFacts, now: Date, boxes: TimeBoxes): Standing {
  if (isTaken(facts) || isRemediated(facts)) return 'success';
  const box = facts.backupId === null ? boxes.primary : boxes.backup;
  const isYoung = now.getTime() - facts.createdAt.getTime() < box;
  return isYoung && facts.backupStatus !== 'rejected' ? 'in-process' : 'failure';
}

/** Did its latest remediation bring it where it belongs? Says nothing of the other paths. */
export function isRemediated(facts: Pick<DeliveryFacts, 'remediations'>): boolean {
  return latestOf(facts.remediations)?.success ?? false;
}

/** Does it stand aside for another submission of the same person? */
export function isDuplicate(facts: Pick<DeliveryFacts, 'remediations'>): boolean {
  return latestOf(facts.remediations)?.ignoredAsDuplicate ?? false;
}

/** The one that counts: by createdAt, then sequence. */
export function latestOf<T extends RemediationFact>(remediations: T[]): T | undefined {
  return remediations.toSorted(byTime).at(-1);
}

function byTime(a: RemediationFact, b: RemediationFact): number {
  return a.createdAt.getTime() - b.createdAt.getTime() || Number(a.sequence - b.sequence);
}

function isTaken({ receiptId, events, backupStatus }: DeliveryFacts): boolean {
  const acknowledgements: readonly SubmissionEventType[] = ACKNOWLEDGEMENTS;
  return (
    receiptId !== null ||
    events.some(({ type }) => acknowledgements.includes(type)) ||
    backupStatus === 'accepted'
  );
}
