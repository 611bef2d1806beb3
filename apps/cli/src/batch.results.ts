import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BatchReader } from '#libs/notifications/index.js';
import { batchIn } from './batch.look.js';
import { uuid } from './option.values.js';
import { withOperations } from './operate.js';
import { NotDone, note, printParts, WronglyCalled } from './terminal.js';

interface Options {
  out?: string;
}

/** The result of every row. */
export function printResults(given: string, options: Options): Promise<void> {
  return give(given, options, (reader, id) => reader.results(id));
}

/** What was not run. */
export function printRemaining(given: string, options: Options): Promise<void> {
  return give(given, options, async function* (reader, id) {
    const { action } = await batchIn(reader, id);
    yield* reader.remaining(id, action);
  });
}

async function give(
  given: string,
  { out }: Options,
  read: (reader: BatchReader, id: string) => AsyncGenerator<string>,
): Promise<void> {
  const { BatchReader, ROWS_REMOVED } = await import('#libs/notifications/index.js');
  const id = uuid('The id of a batch', given);
  await withOperations(async (app) => {
    const reader = app.get(BatchReader);
    const { rowsRemovedAt } = await batchIn(reader, id);
    if (rowsRemovedAt) throw new NotDone(ROWS_REMOVED);
    if (out === undefined) return toTheirEnd(() => printParts(read(reader, id)));
    await toTheirEnd(() => writeWhole(out, read(reader, id)));
    note(`Written: ${out}`);
  });
}

/** Milliseconds between two writings of a file that grows: more of them the longer one takes. */
const EVERY = 2_000;
const TIMES = 10;

/** A file with the result of each row, written anew as they come: at every moment the one that is there is whole. */
export class ResultsFile {
  private next = 0;

  private constructor(
    readonly path: string,
    private readonly reader: BatchReader,
    private readonly id: string,
  ) {}

  /** @throws WronglyCalled when there can be no file in this folder. */
  static async in(folder: string, reader: BatchReader, id: string): Promise<ResultsFile> {
    await makeFolder(folder);
    return new ResultsFile(join(folder, `${id}.results.csv`), reader, id);
  }

  /** Brings it up to date, unless that was done a moment ago. */
  async keepUp(): Promise<void> {
    if (Date.now() >= this.next) await this.write();
  }

  /** Brings it up to date now. */
  async write(): Promise<void> {
    const began = Date.now();
    await toTheirEnd(() => writeWhole(this.path, this.reader.results(this.id)));
    const ended = Date.now();
    this.next = ended + Math.max(EVERY, (ended - began) * TIMES);
  }
}

/** Before anything is done whose results would be lost. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new WronglyCalled(`The results cannot be written there: ${(error as Error).message}`);
  }
}

/** @throws NotDone when the rows were removed while they were read. */
async function toTheirEnd(read: () => Promise<void>): Promise<void> {
  const { RowsRemoved } = await import('#libs/notifications/index.js');
  try {
    await read();
  } catch (error) {
    throw error instanceof RowsRemoved ? new NotDone(error.message) : error;
  }
}

/** Writes a file beside its place, and puts it there when it is whole: nobody ever reads half of one. */
async function writeWhole(file: string, parts: AsyncGenerator<string>): Promise<void> {
  // What is no file, such as a pipe, cannot be put in another's place.
  const isOther = await stat(file).then(
    (there) => !there.isFile(),
    () => false,
  );
  const beside = isOther ? file : join(dirname(file), `.${basename(file)}.${randomUUID()}.part`);
  try {
    await pipeline(
      Readable.from(parts, { objectMode: false }),
      createWriteStream(beside, { flush: !isOther }),
    );
    if (!isOther) await rename(beside, file);
  } catch (error) {
    if (!isOther) await rm(beside, { force: true });
    if ((error as { syscall?: unknown }).syscall === undefined) throw error;
    throw new WronglyCalled(`It cannot be written: ${(error as Error).message}`);
  } finally {
    await parts.return(undefined);
  }
}
