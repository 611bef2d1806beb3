import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeptResults, keyOf } from './kept.results.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kept-'));
});
afterAll(() => rm(folder, { recursive: true }));

const results = () => new KeptResults<{ words: string[] }>('words', folder);
const made = { words: ['ein\nzwei', 'ß'] };

describe('a result that was kept', () => {
  it('is found by who has the same to make it from, and by nobody else', async () => {
    await results().keep(keyOf('a', 1), made);
    expect(await results().find(keyOf('a', 1))).toEqual(made);
    expect(await results().find(keyOf('a', 2))).toBeUndefined();
  });

  it.each([
    ['cut off', (text: string) => text.slice(0, -5)],
    ['changed', (text: string) => text.replace('zwei', 'drei')],
    ['empty', () => ''],
  ])('is none when its file is %s, and is made anew', async (what, spoil) => {
    const key = keyOf(what);
    await results().keep(key, made);
    const file = join(folder, `words-${key}.json`);
    await writeFile(file, spoil(await readFile(file, 'utf8')));
    expect(await results().find(key)).toBeUndefined();
    await results().keep(key, made);
    expect(await results().find(key)).toEqual(made);
  });

  it('leaves nothing unfinished behind, however many keep it at once', async () => {
    const key = keyOf('at once');
    await Promise.all(Array.from({ length: 20 }, () => results().keep(key, made)));
    expect((await readdir(folder)).filter((name) => name.includes(key))).toEqual([`words-${key}.json`]);
  });
});

it('where the folder cannot be written, nothing is kept and nothing fails', async () => {
  const file = join(folder, 'a-file');
  await writeFile(file, '');
  const nowhere = new KeptResults('words', join(file, 'kept'));
  await nowhere.keep('key', made);
  expect(await nowhere.find('key')).toBeUndefined();
});
