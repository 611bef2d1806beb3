import { Readable, pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import type { Parser } from 'csv-parse';
import { withoutAddresses } from '#libs/platform/index.js';
import { ListRefused } from './batch.refused.js';
import { legacyRows } from './legacy.list.js';
import { idIn, rowOf, SUBJECT_TITLES } from './list.row.js';
import type { ListRow, SubjectKind } from './list.row.js';
import { textOf } from './list.text.js';
import type { ListText } from './list.text.js';

/** Bytes of the longest record that is read: what is longer is no row of ids. */
const LONGEST_RECORD = 64 * 1024;
/** Cells of one row: as many as a spreadsheet has. */
const MOST_CELLS = 16_384;
/** Bytes that are parsed together. */
const PIECE = 64 * 1024;
/** Bytes in which a record has to end: empty cells count for nothing in its length, and each takes memory all the same. */
const SPAN = 16 * PIECE;
const SEPARATORS = [',', ';', '\t', '|'];

/** What the columns are called by those who write such lists, in small letters without anything between them. */
const NAMES: Record<SubjectKind | 'receiptId', string[]> = {
  taxReturnId: ['taxreturnid', 'taxreturn', 'returnid', 'id'],
  submissionId: ['submissionid', 'id'],
  submission: ['submissionid', 'submission', 'id'],
  notificationId: ['notificationid', 'notification', 'mailid', 'id'],
  quarantineId: ['quarantineid', 'entryid', 'id'],
  legacy: ['submissionid', 'submission', 'id'],
  receiptId: ['receiptid', 'receipt'],
};

export interface CsvOptions {
  kind: SubjectKind;
  /** The name of the column, or its number from 1; found by itself when absent. */
  column?: string;
}

/** Which column holds what, and whether the first record says so. */
interface Columns {
  id: number;
  receipt?: number;
  hasHeader: boolean;
}

/** The rows of a list as it comes in, whatever it turns out to be: what is no list is refused at its first row. */
export async function* rowsOf(
  bytes: AsyncIterable<Uint8Array>,
  options: CsvOptions,
): AsyncGenerator<ListRow> {
  yield* csvRows(await textOf(bytes), options);
}

/**
 * Reads a CSV file as a spreadsheet or a log search writes it. Blank records are left out.
 * @throws ListRefused when it cannot be read to its end, or nobody can tell which column holds the ids.
 */
export async function* csvRows(text: ListText, options: CsvOptions): AsyncGenerator<ListRow> {
  if (options.kind === 'legacy') {
    yield* legacyRows(recordsOf(text), linesOf);
    return;
  }
  let columns: Columns | undefined;
  let next = 1;
  for await (const record of recordsOf(text)) {
    const line = next;
    next += linesOf(record);
    if (record.length > MOST_CELLS) throw new ListRefused('unreadable', tooLong(`Line ${line}`));
    if (record.every((cell) => cell === '')) continue;
    const isFirst = columns === undefined;
    columns ??= columnsOf(record, options);
    if (isFirst && columns.hasHeader) continue;
    const receipt = columns.receipt === undefined ? undefined : record[columns.receipt];
    yield rowOf(line, record[columns.id] ?? '', options.kind, receipt);
  }
}

/** Every line is a record or a part of one, so that lines can be counted here: the parser's own count costs more than the parsing. */
async function* recordsOf({ head, pieces }: ListText): AsyncGenerator<string[]> {
  const parser = parse({
    delimiter: separatorOf(head),
    max_record_size: LONGEST_RECORD,
    record_delimiter: '\n',
    relax_column_count: true,
    relax_quotes: true,
    trim: true,
  });
  // What breaks comes out of the parser, which the pipeline ends with it.
  pipeline(Readable.from(bytesOf(pieces, parser), { objectMode: false }), parser, () => undefined);
  try {
    yield* parser as AsyncIterable<string[]>;
  } catch (error) {
    throw error instanceof CsvError ? new ListRefused('unreadable', saidOf(error)) : error;
  }
}

/** In pieces so small that what the streams hold ahead of the parser is far less than a record may span. */
async function* bytesOf(pieces: AsyncIterable<string>, { info }: Parser): AsyncGenerator<Uint8Array> {
  let records = 0;
  let span = 0;
  for await (const piece of pieces) {
    const bytes = Buffer.from(piece);
    for (let from = 0; from < bytes.length; from += PIECE) {
      if (info.records > records) span = 0;
      if (span > SPAN) throw new ListRefused('unreadable', tooLong(`Line ${info.lines}`));
      records = info.records;
      const part = bytes.subarray(from, from + PIECE);
      span += part.length;
      yield part;
    }
  }
}

function linesOf(record: string[]): number {
  let lines = 1;
  for (const cell of record) if (cell.includes('\n')) lines += cell.split('\n').length - 1;
  return lines;
}

/**
 * The one that the first line has most of, outside of quotes: within them a line may end. A name alone in its line has none, and
 * the lines below it may have some at their ends.
 */
function separatorOf(head: string): string {
  const lines = head.replace(/"[^"]*(?:"|$)/g, '').split('\n');
  const count = (line: string, separator: string) => line.split(separator).length;
  const first = lines.find((one) => one.trim() !== '') ?? '';
  const hasSome = SEPARATORS.some((separator) => first.includes(separator));
  // Elsewhere one may stand in a cell: it separates where a line ends in it.
  const line = hasSome ? first : (lines.find((one) => /[,;\t|] *$/.test(one)) ?? '');
  return SEPARATORS.reduce((best, one) => (count(line, one) > count(line, best) ? one : best));
}

function columnsOf(record: string[], { kind, column }: CsvOptions): Columns {
  const names = record.map(nameOf);
  const receipt = kind === 'submissionId' ? firstOf(NAMES.receiptId, names) : undefined;
  if (column !== undefined) return { ...askedColumn(record, names, kind, column), receipt: receipt ?? 1 };
  const named = firstOf(NAMES[kind], names);
  if (named !== undefined) return { id: named, receipt, hasHeader: true };
  if (kind === 'submissionId') return { id: 0, receipt: 1, hasHeader: false };
  const ids = [...record.keys()].filter((index) => idIn(record[index] ?? '', kind) !== undefined);
  const [only] = ids;
  if (ids.length === 1 && only !== undefined) return { id: only, hasHeader: false };
  if (record.length === 1) return { id: 0, hasHeader: false };
  throw new ListRefused(
    'no-column',
    ids.length > 1
      ? `Several columns hold ids, and none is named ${SUBJECT_TITLES[kind]}. Say which one, by its name or its number.`
      : `No column is named ${SUBJECT_TITLES[kind]}, and the first line holds no id. Say which column does, by its name or its number.`,
  );
}

function askedColumn(record: string[], names: string[], kind: SubjectKind, column: string): Columns {
  const number = /^\d+$/.test(column) ? Number(column) - 1 : names.indexOf(nameOf(column));
  if (number < 0 || number >= record.length)
    throw new ListRefused(
      'no-column',
      `The first line has no column ${withoutAddresses(column)}. It has ${record.length}, by the separator that it uses.`,
    );
  return { id: number, hasHeader: idIn(record[number] ?? '', kind) === undefined || kind === 'submissionId' };
}

function firstOf(wanted: string[], names: string[]): number | undefined {
  for (const name of wanted) if (names.includes(name)) return names.indexOf(name);
  return undefined;
}

function nameOf(cell: string): string {
  return cell.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

/** Its own message quotes the file. */
function saidOf({ code, lines }: CsvError & { lines?: number }): string {
  const line = typeof lines === 'number' ? `Line ${lines}` : 'A line';
  switch (code) {
    case 'CSV_MAX_RECORD_SIZE':
      return tooLong(line);
    case 'CSV_QUOTE_NOT_CLOSED':
      return `${line} opens a quote that nothing closes. Close it, or take it out.`;
    default:
      return `${line} has a quote in the middle of a cell. Double it, or take it out.`;
  }
}

function tooLong(line: string): string {
  return `${line} is longer than any row of ids: is this a list, with a line for each return?`;
}
