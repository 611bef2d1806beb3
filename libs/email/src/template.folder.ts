import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { KeptResults, keyOf } from '#libs/platform/index.js';
import type { CompiledFolder } from './compiled.folder.js';
import { compilerCode } from './compiler.code.js';
import { TemplateError, type Site, type TemplateProblem } from './template.types.js';

const kept = new KeptResults<CompiledFolder>('templates');

/**
 * A templates folder, compiled and with every sample proved. Where the same files were found good before by the same code, it is
 * read instead. The site is no part of that: a mail may say its name and addresses, which settings never leave empty.
 * @throws TemplateError when there is no such folder
 */
export async function openFolder(
  directory: string,
  site: Site,
): Promise<{ folder: CompiledFolder; problems: TemplateProblem[] }> {
  const files = await readTexts(directory);
  const key = keyOf(compilerCode(), [...files]);
  const found = await kept.find(key);
  if (found) return { folder: found, problems: [] };
  const { compileFolder } = await import('./folder.compiler.js');
  const compiled = await compileFolder(files, site);
  if (compiled.problems.length === 0) await kept.keep(key, compiled.folder);
  return compiled;
}

/** Its texts by path, sorted. */
async function readTexts(directory: string): Promise<ReadonlyMap<string, string>> {
  const found = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => {
    throw new TemplateError('the templates folder cannot be read; check the path');
  });
  const wanted = found.filter((entry) => entry.isFile() && /^[^.].*\.(mjml|txt|json)$/.test(entry.name));
  const read = wanted.map(async (entry): Promise<[string, string]> => {
    const path = join(entry.parentPath, entry.name);
    return [relative(directory, path).split(sep).join('/'), await readFile(path, 'utf8')];
  });
  return new Map((await Promise.all(read)).sort(([a], [b]) => (a < b ? -1 : 1)));
}
