import { appendFileSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { runFolder } from '../../../test/support/run-folder.js';
import { unchanged } from './batch.list.file.js';

let file: string;
beforeEach(() => {
  file = join(mkdtempSync(join(runFolder(), 'list-')), 'list.csv');
  writeFileSync(file, 'a line\n'.repeat(100_000));
});

/** Reads a file, and does something to it as soon as the first of it was read. */
async function bytesRead(meanwhile: () => void): Promise<number> {
  let bytes = 0;
  for await (const piece of unchanged(await open(file))) {
    if (bytes === 0) meanwhile();
    bytes += piece.byteLength;
  }
  return bytes;
}

describe('a file that is a list', () => {
  it('is read to its end', async () => {
    expect(await bytesRead(() => undefined)).toBe(700_000);
  });

  it.each([
    ['grows', () => appendFileSync(file, 'one more\n')],
    ['becomes shorter', () => writeFileSync(file, 'another list\n')],
    ['is written anew with as many characters', () => {
      writeFileSync(file, 'b line\n'.repeat(100_000));
      utimesSync(file, new Date(), new Date(Date.now() + 1_000));
    }],
  ])('and %s while it is read is refused', async (_how, meanwhile) => {
    await expect(bytesRead(meanwhile)).rejects.toThrow('The file changed while it was read.');
  }); // prettier-ignore
});
