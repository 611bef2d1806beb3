import type { StatusEntry } from '../terms/entries.js';
import { subjectOf, workOf } from './batch.actions.js';
import type { CheckedOutcome } from './batch.outcome.js';
import type { WorkingBatch } from './batch.turns.js';

/** A row that names an id. */
export interface BatchRow {
  row: number;
  subject: string;
  receiptId: string | null;
}

/** A row whose turn has come, as it was found when the list was looked at. */
export interface ReadyRow extends BatchRow {
  taxReturnId: string;
  outcome: CheckedOutcome;
}

/** The status that a row says of whom it names. Of an action that asks for a mail it says whom alone. */
export function entryOf(
  batch: Pick<WorkingBatch, 'action' | 'incident'>,
  { subject, receiptId }: BatchRow,
): StatusEntry {
  const work = workOf(batch.action);
  return {
    [subjectOf(batch.action)]: subject,
    status: 'status' in work ? work.status : 'submitted',
    receiptId: receiptId ?? undefined,
    incident: batch.incident ?? undefined,
  };
}

/** The same row is the same entry, whoever runs it. */
export function sourceOf({ id }: Pick<WorkingBatch, 'id'>, row: number): string {
  return `batch/${id}#${row}`;
}
