import { withoutAddresses, readable } from '#libs/platform/index.js';
import { foreignId } from '../terms/fields.js';

/** A row of a list, as it was read. */
export interface ListRow {
  /** The line of the record's first character, or the place in a job file; the first is 1. */
  row: number;
  /** The id that it names; where it names none, what stands there, cut and without addresses. */
  subject: string;
  receiptId?: string;
  /** It names no id. */
  isMalformed: boolean;
}

/**
 * What the ids of a list are: `submissionId` with a receipt beside it, `submission` alone, by the authority's id or by ours, `legacy`
 * with all that another system said of it.
 */
export type SubjectKind =
  'taxReturnId' | 'submissionId' | 'submission' | 'notificationId' | 'quarantineId' | 'legacy';

/** The column that holds them. */
export const SUBJECT_TITLES: Record<SubjectKind, string> = {
  taxReturnId: 'taxReturnId',
  submissionId: 'submissionId',
  submission: 'submissionId',
  notificationId: 'notificationId',
  quarantineId: 'quarantineId',
  // Its rows are lines of such a list themselves, so that what was not run can be run as it is written.
  legacy: 'submissionId;taxReturnId;receiptId;backupId;state;when',
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** As much of what is no id as a person needs to find it again. */
const SHOWN = 60;

/** The id in a cell; undefined where there is none. */
export function idIn(cell: string, kind: SubjectKind): string | undefined {
  const bare = bareOf(cell);
  if (kind === 'submissionId' || kind === 'submission' || kind === 'legacy')
    return foreignId.safeParse(bare).success ? bare : undefined;
  const lower = bare.toLowerCase();
  return UUID.test(lower) ? lower : undefined;
}

export function rowOf(row: number, cell: string, kind: SubjectKind, receipt?: string): ListRow {
  const id = idIn(cell, kind);
  if (id === undefined)
    return { row, subject: readable(withoutAddresses(bareOf(cell)), SHOWN), isMalformed: true };
  if (kind !== 'submissionId') return { row, subject: id, isMalformed: false };
  const receiptId = idIn(receipt ?? '', 'submissionId');
  return { row, subject: id, receiptId, isMalformed: receiptId === undefined };
}

/** Without what spreadsheets and log searches put around an id: `="…"`, braces, quotes, what nobody sees. */
export function bareOf(cell: string): string {
  const seen = cell.replace(/[\p{Cf}\p{Cc}\u00a0]/gu, '').trim();
  return (
    /^(?:=?"(.*)"|'(.*)'|\{(.*)\}|'(.*))$/
      .exec(seen)
      ?.slice(1)
      .find((text) => text !== undefined)
      ?.trim() ?? seen
  );
}
