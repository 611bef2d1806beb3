/** A line of a stream. */
export interface Line {
  /** Which one; the first is 0. Blank lines count here, and are left out otherwise. */
  index: number;
  /** Undefined for a line that is too long to be read. */
  text?: string;
}

/** Bytes of the longest line that is read. */
export const LONGEST_LINE = 256 * 1024;
/** Lines that are handed on together: those of one transaction. */
const BATCH = 500;
const LINE_FEED = 0x0a;

/**
 * Lines that are still coming, of a call or of a file. Iterating hands on what has come, batch by batch; what the reader has
 * not asked for stays where it comes from, so a slow database slows the sender down and fills no memory.
 */
export class Lines implements AsyncIterable<Line[]> {
  constructor(private readonly input: AsyncIterable<Uint8Array>) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Line[]> {
    const splitter = new Splitter();
    for await (const bytes of this.input) yield* batchesOf(splitter.push(bytes));
    yield* batchesOf(splitter.end());
  }
}

function* batchesOf(lines: Line[]): Generator<Line[]> {
  for (let from = 0; from < lines.length; from += BATCH) yield lines.slice(from, from + BATCH);
}

/** Cuts bytes into lines. It keeps no more than the beginning of the last one. */
class Splitter {
  private index = 0;
  private begun: Uint8Array[] = [];
  private length = 0;

  push(bytes: Uint8Array): Line[] {
    const lines: Line[] = [];
    let from = 0;
    for (let to = bytes.indexOf(LINE_FEED); to !== -1; to = bytes.indexOf(LINE_FEED, from)) {
      this.keep(bytes.subarray(from, to));
      lines.push(...this.take());
      from = to + 1;
    }
    this.keep(bytes.subarray(from));
    return lines;
  }

  /** A last line need not end in a line feed. */
  end(): Line[] {
    return this.length > 0 ? this.take() : [];
  }

  private keep(bytes: Uint8Array): void {
    this.length += bytes.length;
    if (this.length > LONGEST_LINE) this.begun = [];
    else if (bytes.length > 0) this.begun.push(bytes);
  }

  private take(): Line[] {
    const index = this.index;
    const isTooLong = this.length > LONGEST_LINE;
    const text = Buffer.concat(this.begun).toString('utf8').trim();
    this.index += 1;
    this.begun = [];
    this.length = 0;
    if (isTooLong) return [{ index }];
    return text === '' ? [] : [{ index, text }];
  }
}
