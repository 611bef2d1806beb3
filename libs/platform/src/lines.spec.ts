import { createReadStream, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runFolder } from '../../../test/support/run-folder.js';
import { Lines, LONGEST_LINE } from './lines.js';
import type { Line } from './lines.js';

async function read(input: AsyncIterable<Uint8Array>): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const batch of new Lines(input)) lines.push(...batch);
  return lines;
}

/** As they might come over a wire: cut anywhere, also within a character. */
async function* inPieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let from = 0; from < bytes.length; from += size) {
    yield await Promise.resolve(bytes.subarray(from, from + size));
  }
}

describe('lines', () => {
  it.each([1, 2, 3, 7, 1000])('are the same whatever pieces they come in: %i bytes', async (size) => {
    expect(await read(inPieces('{"a":"Zoë"}\r\n\n{"b":"日本"}', size))).toEqual([
      { index: 0, text: '{"a":"Zoë"}' },
      { index: 2, text: '{"b":"日本"}' },
    ]);
  });

  it('of a file are read as those of a call are', async () => {
    const file = join(mkdtempSync(join(runFolder(), 'lines-')), 'list.ndjson');
    writeFileSync(file, 'one\ntwo\n');
    expect(await read(createReadStream(file))).toEqual([
      { index: 0, text: 'one' },
      { index: 1, text: 'two' },
    ]);
  });

  it('that are too long are passed over, and the next one is read', async () => {
    const text = `${'x'.repeat(LONGEST_LINE + 1)}\nnext`;
    expect(await read(inPieces(text, 64 * 1024))).toEqual([{ index: 0 }, { index: 1, text: 'next' }]);
  });
});
