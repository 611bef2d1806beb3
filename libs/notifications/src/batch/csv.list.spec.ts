import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { csvRows } from './csv.list.js';
import type { CsvOptions } from './csv.list.js';
import { ListRefused } from './batch.refused.js';
import type { ListRow } from './list.row.js';
import { textOf } from './list.text.js';

const ID = '0b5c9d2e-7a41-4f0e-9a63-1d2e3f405162';

describe('a list, however it is written and wherever its bytes are cut,', () => {
  it('gives exactly the rows that a person sees in it, each with the line on which it begins', async () => {
    await fc.assert(
      fc.asyncProperty(lists, async (list) => {
        const { bytes, rows } = written(list);
        expect(await read(cut(bytes, list.cuts))).toEqual(rows);
      }),
      { numRuns: 400 },
    );
  });

  it('may come in thousands of pieces, faster than its rows are taken', async () => {
    async function* lines() {
      for (let line = 0; line < 3_000; line += 1) yield await Promise.resolve(Buffer.from(`${ID}\n`));
    }
    let rows = 0;
    for await (const { row } of csvRows(await textOf(lines()), { kind: 'taxReturnId' })) {
      expect(row).toBe((rows += 1));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(rows).toBe(3_000);
  });

  it('is read by the column that somebody names, by its name or its number', async () => {
    const list = `old,new\n${ID.replace('0', '1')},${ID}\n`;
    for (const column of ['new', 'New', '2'])
      expect(await read(of(list), { column })).toEqual([{ row: 2, subject: ID, isMalformed: false }]);
  });

  it('may hold a name of several lines in its very first record', async () => {
    const list = `${ID};"one, two,\nthree, four"\n${ID};x\n`;
    expect((await read(of(list))).map(({ row, subject }) => [row, subject])).toEqual([
      [1, ID],
      [3, ID],
    ]);
  });

  it('of submissions has the receipt beside each, and without one a row is none', async () => {
    const list = 'receipt id,note,submission id\nR-1,x,S-1\n,x,S-2\n';
    expect(await read(of(list), { kind: 'submissionId' })).toEqual([
      { row: 2, subject: 'S-1', receiptId: 'R-1', isMalformed: false },
      { row: 3, subject: 'S-2', receiptId: undefined, isMalformed: true },
    ]);
  });
});

describe('what is no list', () => {
  it.each([
    ['a workbook', Buffer.from('PK\u0003\u0004rest'), /workbook; save the sheet as CSV/],
    ['what gzip wrote', Buffer.from([0x1f, 0x8b, 8, 0]), /unpack it/],
    ['a PDF', Buffer.from('%PDF-1.7'), /a PDF/],
    ['an old workbook', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1]), /old workbook/],
    ['bytes that no text has', Buffer.from(`${ID}\nab\0cd\n`), /bytes that no text has/],
    ['the same far behind', Buffer.from(`${`${ID}\n`.repeat(4_000)}\0`), /bytes that no text has/],
    ['a quote that nothing closes', Buffer.from(`id\n${ID}\n"${ID}\n${ID}\n`), /^Line \d+ opens a quote/],
    ['a record longer than any row', Buffer.from(`id\n${ID}\n${'x'.repeat(70_000)}\n`), /^Line 3 is longer/],
    ['one without end', Buffer.alloc(4_000_000, 'x'), /is longer/],
    ['empty cells without end', Buffer.alloc(4_000_000, ','), /^Line 1 is longer/],
    [
      'more cells than a spreadsheet has',
      Buffer.from(`id\n${ID}\n${','.repeat(20_000)}\n`),
      /^Line 3 is longer/,
    ],
    ['two columns of ids without names', Buffer.from(`${ID},${ID}\n`), /Several columns/],
    ['several columns, and no id in the first line', Buffer.from('a,b\nc,d\n'), /No column is named/],
  ])('is refused, and says what to do: %s', async (_, bytes, said) => {
    const refusal = await read(of(bytes)).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ListRefused);
    expect((refusal as ListRefused).message).toMatch(said);
  });

  it('holds no address in what is said of its columns', async () => {
    const refusal = read(of('a,b\n'), { column: 'someone@example.com' });
    await expect(refusal).rejects.toThrow(/no column \[address\]/);
  });
});

/** A list as a generator makes it up. */
interface Made {
  separator: string;
  newline: string;
  encoding: 'utf-8' | 'utf-16le' | 'utf-16be';
  hasMark: boolean;
  header?: string;
  /** In which column the ids stand, of how many. */
  column: number;
  columns: number;
  records: ('blank' | Row)[];
  endsInNewline: boolean;
  cuts: number[];
}

interface Row {
  cell: Cell;
  notes: string[];
  /** Empty cells behind the last one. */
  trailing: number;
}

interface Cell {
  text: string;
  subject: string;
  isMalformed: boolean;
}

const cells: fc.Arbitrary<Cell> = fc.oneof(
  { weight: 4, arbitrary: fc.uuid().chain((id) => fc.constantFrom(...writings(id)).map(good(id))) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('n/a', '123', 'not known', '=1+1', ID.slice(1), `${ID}0`).map((text) => ({
      text,
      subject: text,
      isMalformed: true,
    })),
  },
);

/** As spreadsheets, log searches and people write an id. */
function writings(id: string): string[] {
  return [
    id,
    id.toUpperCase(),
    ` ${id}  `,
    `"${id}"`,
    ` "${id}" `,
    `="${id}"`,
    `"=""${id}"""`,
    `{${id.toUpperCase()}}`,
    `'${id}`,
    `'${id}'`,
    `\u00a0${id}\u00a0`,
    `\u200b${id}\u2060`,
  ];
}

function good(id: string) {
  return (text: string): Cell => ({ text, subject: id, isMalformed: false });
}

const notes = fc.constantFrom(
  'x',
  'Zoë',
  '😀 née',
  'a "quoted" word',
  'two\nlines',
  'one;two,three|four\tfive',
  ' padded ',
  'one\n\nthree',
);

const lists: fc.Arbitrary<Made> = fc
  .record({
    separator: fc.constantFrom(',', ';', '\t', '|'),
    newline: fc.constantFrom('\n', '\r\n', '\r'),
    encoding: fc.constantFrom('utf-8', 'utf-16le', 'utf-16be'),
    hasMark: fc.boolean(),
    header: fc.option(
      fc.constantFrom('taxReturnId', 'tax_return_id', 'Tax Return ID', 'returnId', '"ID"', 'tax-return'),
      { nil: undefined },
    ),
    columns: fc.integer({ min: 1, max: 4 }),
    column: fc.nat(3),
    records: fc.array(
      fc.oneof(
        { weight: 1, arbitrary: fc.constant('blank' as const) },
        {
          weight: 6,
          arbitrary: fc.record({
            cell: cells,
            notes: fc.array(notes, { minLength: 3, maxLength: 3 }),
            trailing: fc.nat(2),
          }),
        },
      ),
      { maxLength: 25 },
    ),
    endsInNewline: fc.boolean(),
    cuts: fc.array(fc.nat(10_000), { maxLength: 12 }),
  })
  .map((made) => ({ ...made, column: made.column % made.columns }))
  // Without names, the first record has to show which column it is; and without a mark, its first letters which encoding.
  .filter(({ header, records, hasMark, encoding }) => {
    const first = records.find((record) => record !== 'blank');
    return header !== undefined || (first?.cell.isMalformed !== true && (hasMark || encoding === 'utf-8'));
  });

/** The bytes of a list, and by plain counting the rows that are in it. */
function written(list: Made): { bytes: Uint8Array; rows: ListRow[] } {
  const { separator, newline, encoding, hasMark, header, column, columns, records, endsInNewline } = list;
  const lines: string[] = [];
  const rows: ListRow[] = [];
  let line = 1;
  const add = (record: string) => {
    lines.push(record.replaceAll('\n', newline));
    line += record.split('\n').length;
  };
  if (header !== undefined)
    add(
      Array.from({ length: columns }, (_, index) => (index === column ? header : `name${index}`)).join(
        separator,
      ),
    );
  for (const [index, record] of records.entries()) {
    if (record === 'blank') {
      add(index % 2 === 0 ? '' : separator.repeat(columns - 1));
      continue;
    }
    const { subject, isMalformed, text } = record.cell;
    rows.push({ row: line, subject, isMalformed });
    const others = record.notes.map(quoted);
    others.splice(column, 0, text);
    add([...others.slice(0, columns), ...Array<string>(record.trailing).fill('')].join(separator));
  }
  const text = lines.join(newline) + (endsInNewline ? newline : '');
  return { bytes: encoded((hasMark ? '\ufeff' : '') + text, encoding), rows };
}

function quoted(note: string): string {
  return /^\w+$/.test(note) ? note : `"${note.replaceAll('"', '""')}"`;
}

function encoded(text: string, encoding: Made['encoding']): Uint8Array {
  if (encoding === 'utf-8') return Buffer.from(text);
  const bytes = Buffer.from(text, 'utf16le');
  return encoding === 'utf-16le' ? bytes : bytes.swap16();
}

/** In pieces that end anywhere: in a character, in the end of a line, in an id. */
async function* cut(bytes: Uint8Array, cuts: number[]): AsyncGenerator<Uint8Array> {
  const at = [...new Set(cuts.map((one) => one % (bytes.length + 1)))].sort((a, b) => a - b);
  for (const [index, from] of [0, ...at].entries())
    yield await Promise.resolve(bytes.subarray(from, at[index] ?? bytes.length));
}

async function* of(list: string | Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(list));
}

async function read(bytes: AsyncIterable<Uint8Array>, options: Partial<CsvOptions> = {}): Promise<ListRow[]> {
  const rows: ListRow[] = [];
  for await (const row of csvRows(await textOf(bytes), { kind: 'taxReturnId', ...options })) rows.push(row);
  return rows;
}
