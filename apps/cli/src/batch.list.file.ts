import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ListRow, SubjectKind } from '#libs/notifications/index.js';
import { surroundings } from './surroundings.js';
import { note, WronglyCalled } from './terminal.js';

/** A list that a person brings. */
export interface ListFile {
  /** What it is called, for people. */
  name: string;
  rows: AsyncIterable<ListRow>;
}

export interface ListFileOptions {
  /** What its ids are. */
  kind: SubjectKind;
  column?: string;
}

/** Rows after which it is said how many were read. */
const SAID_EACH = 100_000;

/** Opens a list; `-` is standard input. @throws WronglyCalled when there is nothing that could be a list. */
export async function openList(file: string, options: ListFileOptions): Promise<ListFile> {
  const { csvRows, ListRefused, textOf } = await import('#libs/notifications/index.js');
  const bytes = file === '-' ? surroundings().stdin : await bytesOf(file);
  try {
    const rows = csvRows(await textOf(asBytes(bytes)), options);
    return { name: file === '-' ? 'standard input' : basename(file), rows: counted(rows) };
  } catch (error) {
    if (error instanceof ListRefused) throw new WronglyCalled(error.message);
    throw error;
  }
}

async function bytesOf(file: string): Promise<AsyncIterable<Uint8Array>> {
  let list: FileHandle | undefined;
  try {
    list = await open(file);
    if (!(await list.stat()).isDirectory()) return unchanged(list);
    await list.close();
  } catch (error) {
    await list?.close().catch(() => undefined);
    throw new WronglyCalled(`The list cannot be read: ${(error as Error).message}`);
  }
  throw new WronglyCalled('The list cannot be read: it is a folder.');
}

/** The bytes of a file to its end. @throws ListRefused when somebody wrote to it meanwhile: half of it may be of another list. */
export async function* unchanged(file: FileHandle): AsyncGenerator<Uint8Array> {
  try {
    const before = await file.stat({ bigint: true });
    for await (const piece of file.createReadStream({ autoClose: false })) yield piece as Uint8Array;
    const after = await file.stat({ bigint: true });
    if (!before.isFile() || (before.size === after.size && before.mtimeNs === after.mtimeNs)) return;
    const { ListRefused } = await import('#libs/notifications/index.js');
    throw new ListRefused(
      'unreadable',
      'The file changed while it was read. Wait until it is written, then call this again.',
    );
  } finally {
    await file.close();
  }
}

/** Standard input gives text where somebody set it so. */
async function* asBytes(pieces: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) yield typeof piece === 'string' ? Buffer.from(piece) : piece;
}

async function* counted(rows: AsyncIterable<ListRow>): AsyncGenerator<ListRow> {
  let read = 0;
  for await (const row of rows) {
    read += 1;
    if (read % SAID_EACH === 0) note(`${read} rows written down`);
    yield row;
  }
}
