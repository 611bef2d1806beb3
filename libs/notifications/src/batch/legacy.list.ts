import { readable, withoutAddresses } from '#libs/platform/index.js';
import { isUuid } from '../terms/fields.js';
import { ListRefused } from './batch.refused.js';
import { bareOf, idIn, SUBJECT_TITLES } from './list.row.js';
import type { ListRow } from './list.row.js';

/** What another system said of a submission, as its row of the list has it. */
export interface LegacyRecord {
  /** The authority's id, or our own. */
  submissionId: string;
  taxReturnId?: string;
  receiptId?: string;
  backupId?: string;
  /** Its own word for where the submission stood; nobody has looked yet whether it is one. */
  state: string;
  /** When that was, as it is written. */
  when: string;
}

type Column = keyof LegacyRecord;

/** What the columns are called by those who write such lists, in small letters without anything between them. */
const NAMES: Record<Column, string[]> = {
  submissionId: ['submissionid', 'submission', 'id'],
  taxReturnId: ['taxreturnid', 'taxreturn', 'returnid'],
  receiptId: ['receiptid', 'receipt', 'submittedclaimid'],
  backupId: ['backupid', 'backup', 'backupsubmittedclaimid'],
  state: ['state', 'legacystate', 'aasmstate', 'status'],
  when: ['when', 'at', 'date', 'createdat', 'updatedat'],
};
const COLUMNS = SUBJECT_TITLES.legacy.split(';') as Column[];
/** How exports write that there is none. */
const NO_ID = /^(?:null|nil|none|-+)$/i;
/** As much of what is no id as a person needs to find it again. */
const SHOWN = 60;

/**
 * The rows of such a list. The subject of each is the whole of it in one form: the same row again is a repetition, another state of
 * the same submission is not.
 * @throws ListRefused where its first line does not say which column is which.
 */
export async function* legacyRows(
  records: AsyncIterable<string[]>,
  linesOf: (record: string[]) => number,
): AsyncGenerator<ListRow> {
  let columns: Map<Column, number> | undefined;
  let next = 1;
  for await (const record of records) {
    const row = next;
    next += linesOf(record);
    if (record.every((cell) => cell === '')) continue;
    if (columns) yield rowOf(row, columns, record);
    else columns = columnsOf(record);
  }
}

function columnsOf(record: string[]): Map<Column, number> {
  const titles = record.map((cell) => cell.toLowerCase().replace(/[^\p{L}\p{N}]/gu, ''));
  const columns = new Map<Column, number>();
  for (const column of COLUMNS) {
    const title = NAMES[column].find((name) => titles.includes(name));
    if (title !== undefined) columns.set(column, titles.indexOf(title));
  }
  const missing = (['submissionId', 'state', 'when'] as const).filter((column) => !columns.has(column));
  if (missing.length === 0) return columns;
  throw new ListRefused(
    'no-column',
    `The first line has to say which column is which. No column is named ${missing.join(', nor ')}. Those that count are ${COLUMNS.join(', ')}.`,
  );
}

function rowOf(row: number, columns: Map<Column, number>, record: string[]): ListRow {
  const cells = COLUMNS.map((column) => bareOf(record[columns.get(column) ?? -1] ?? ''));
  const ids = cells.slice(0, 4).map((cell) => (cell === '' || NO_ID.test(cell) ? '' : idIn(cell, 'legacy')));
  const [submissionId, taxReturnId] = ids;
  const isMalformed = !submissionId || ids.includes(undefined) || !(taxReturnId === '' || isId(taxReturnId));
  const said = cells.map((cell, place) => (isMalformed ? undefined : ids[place]) ?? shown(cell));
  return { row, subject: said.join(';'), isMalformed };
}

function isId(text: string | undefined): boolean {
  return text !== undefined && isUuid(text);
}

/** Without what parts the cells of a subject. */
function shown(cell: string): string {
  return readable(withoutAddresses(cell.replaceAll(';', ' ')), SHOWN);
}

/** What a subject holds. */
export function legacyOf(subject: string): LegacyRecord {
  const [submissionId = '', taxReturnId, receiptId, backupId, state = '', when = ''] = subject.split(';');
  return {
    submissionId,
    taxReturnId: taxReturnId?.toLowerCase() || undefined,
    receiptId: receiptId || undefined,
    backupId: backupId || undefined,
    state,
    when,
  };
}
