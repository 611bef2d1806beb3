import { ListRefused } from './batch.refused.js';

/** Bytes from which encoding and separator are told. */
const HEAD = 64 * 1024;

/** What certainly is no list, by its first bytes. */
const OTHERS: { bytes: number[]; what: string }[] = [
  { bytes: [0x50, 0x4b, 0x03, 0x04], what: 'a zip archive or a workbook; save the sheet as CSV' },
  { bytes: [0x1f, 0x8b], what: 'compressed by gzip; unpack it first' },
  { bytes: [0x25, 0x50, 0x44, 0x46], what: 'a PDF' },
  { bytes: [0xd0, 0xcf, 0x11, 0xe0], what: 'an old workbook; save the sheet as CSV' },
];

/** A list as text, whose first characters are known and whose lines end in a line feed. */
export interface ListText {
  head: string;
  /** All of it, the head too. */
  pieces: AsyncIterable<string>;
}

/**
 * Reads bytes as text: UTF-8, or UTF-16 in either order, with a mark or without.
 * @throws ListRefused when they are no text.
 */
export async function textOf(input: AsyncIterable<Uint8Array>): Promise<ListText> {
  const bytes = input[Symbol.asyncIterator]();
  const begun: Uint8Array[] = [];
  let isWhole = false;
  for (let length = 0; length < HEAD; length = begun.reduce((sum, { byteLength }) => sum + byteLength, 0)) {
    const next = await bytes.next();
    isWhole = next.done === true;
    if (next.done) break;
    begun.push(next.value);
  }
  const head = Buffer.concat(begun);
  const text = new Decoder(encodingOf(head));
  const first = text.read(head, isWhole);
  async function* pieces(): AsyncGenerator<string> {
    yield first;
    if (isWhole) return;
    for (let next = await bytes.next(); !next.done; next = await bytes.next()) yield text.read(next.value);
    yield text.read(new Uint8Array(), true);
  }
  return { head: first, pieces: pieces() };
}

function encodingOf(head: Uint8Array): string {
  const known = OTHERS.find(({ bytes }) => bytes.every((byte, index) => head[index] === byte));
  if (known) throw new ListRefused('unreadable', `This is no list but ${known.what}.`);
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  // Ids are of letters that UTF-16 writes with an empty byte beside each.
  if (head.length > 3 && head[1] === 0 && head[3] === 0) return 'utf-16le';
  if (head.length > 3 && head[0] === 0 && head[2] === 0) return 'utf-16be';
  return 'utf-8';
}

/** Decodes piece by piece: a character or the end of a line may be cut in two. */
class Decoder {
  private readonly decoder: TextDecoder;
  private endsInReturn = false;

  constructor(encoding: string) {
    this.decoder = new TextDecoder(encoding);
  }

  read(bytes: Uint8Array, isLast = false): string {
    const text = (this.endsInReturn ? '\r' : '') + this.decoder.decode(bytes, { stream: !isLast });
    if (text.includes('\0'))
      throw new ListRefused(
        'unreadable',
        'This is no list: it holds bytes that no text has. Send a CSV file.',
      );
    this.endsInReturn = !isLast && text.endsWith('\r');
    return (this.endsInReturn ? text.slice(0, -1) : text).replace(/\r\n?/g, '\n');
  }
}
