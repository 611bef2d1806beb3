import { outcomeWords } from '../../batch/batch.words.js';
import { wordsFor } from '../../terms/counted.js';
import type { Wording } from '../../terms/counted.js';
import type { ImportedRows } from './import.report.js';
import type { Kept, LeftOut } from './legacy.rules.js';

/** What a row of history made of its submission, behind a number of rows. */
export const KEPT_WORDS: Record<Kept, Wording> = {
  receipt: {
    one: 'has its receipt: the authority has it',
    many: 'have their receipts: the authority has them',
  },
  backup: { one: 'is on the backup path, undecided', many: 'are on the backup path, undecided' },
  'backup-rejected': { one: 'is rejected by the backup path', many: 'are rejected by the backup path' },
  'backup-accepted': { one: 'is accepted by the backup path', many: 'are accepted by the backup path' },
  remediation: { one: 'has a remediation', many: 'have remediations' },
  duplicate: { one: 'is marked as an ignorable duplicate', many: 'are marked as ignorable duplicates' },
  registered: {
    one: 'is known now, with nothing that happened',
    many: 'are known now, with nothing that happened',
  },
};

/** Why a row is left out, and what can be done. */
export const NOT_IMPORTED_WORDS: Record<LeftOut | 'no-tax-return-id' | 'not-stored', string> = {
  'unknown-state': 'the state is none of the eleven',
  'bad-date': 'the date is none, or is not of the last ten years: write it as 2024-05-31',
  'other-return': 'the submission belongs to another tax return',
  'no-receipt-id': 'the state says that there is a receipt: add its receiptId',
  'other-receipt': 'another receipt is known',
  'no-backup-id': 'the state says that the backup path has it: add its backupId',
  'other-backup-id': 'another id of the backup path is known',
  'backup-id-taken': 'another submission has this id of the backup path',
  'rejected-since': 'the backup path has rejected it since',
  'no-evidence':
    'it was done with, and nothing says why: add its receiptId or backupId, or say processed_in_batch_remediation',
  'remediated-since': 'people have looked after it here since: theirs counts',
  'no-fact': 'the state is the lack of a fact, and the submission is known: there is nothing to keep',
  'no-tax-return-id': 'nobody knows the submission: add its taxReturnId, and it is registered',
  'not-stored':
    'the database refused it: put the list in again, and if it refuses it again, ask who runs this service',
};

/** What the list itself may be mended for. What is left out besides is right as it is. */
const RIGHT_AS_IT_IS: readonly string[] = [
  'no-fact',
  'remediated-since',
  'rejected-since',
] satisfies LeftOut[];

/** No fault of the list, and not kept all the same. */
export function isNotStored({ reason }: ImportedRows): boolean {
  return reason === 'not-stored';
}

export function isToBeMended(some: ImportedRows): boolean {
  const { outcome, reason } = some;
  if (isNotStored(some)) return false;
  if (outcome === 'malformed' || outcome === 'unknown') return true;
  return outcome === 'not-affected' && !RIGHT_AS_IT_IS.includes(reason ?? '');
}

/** What became, or would become, of as many rows. */
export function importedWords({ outcome, reason, rows }: ImportedRows): string {
  if (reason !== null && Object.hasOwn(KEPT_WORDS, reason)) {
    const kept = wordsFor(rows, KEPT_WORDS[reason as Kept]);
    return outcome === 'ready' ? `would be kept: ${kept}` : kept;
  }
  const words = wordsFor(rows, outcomeWords('import')[outcome]);
  if (reason === null) return words;
  return `left out: ${Object.hasOwn(NOT_IMPORTED_WORDS, reason) ? NOT_IMPORTED_WORDS[reason as LeftOut] : reason}`;
}
