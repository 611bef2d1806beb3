import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join, parse, sep } from 'node:path';
import { atEnd } from './at-end.js';

/** The real templates. */
export const TEMPLATES = join(process.cwd(), 'templates');

export const SITE = {
  name: "Tax & Return's",
  url: 'https://file.example.gov',
  helpUrl: 'https://file.example.gov/help',
};

/** By path, what becomes of a file: another text, the same text changed, or nothing. */
export type Changes = Record<string, ((text: string) => string) | string | undefined>;

const SHARED = ['frame', 'avoid', 'samples'];

/** A copy of the real templates, or of `only` one, with files changed; removed when the test file is done. */
export async function changedTemplates(files: Changes = {}, only?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'templates-'));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  const wanted = (file: string) =>
    !only ||
    !extname(file) ||
    file.includes(`${sep}words${sep}`) ||
    [only, ...SHARED].includes(parse(file).name);
  await cp(TEMPLATES, folder, { recursive: true, filter: wanted });
  for (const [path, change] of Object.entries(files)) {
    const file = join(folder, path);
    if (change === undefined) await rm(file);
    else await writeFile(file, typeof change === 'string' ? change : change(await readFile(file, 'utf8')));
  }
  return folder;
}
