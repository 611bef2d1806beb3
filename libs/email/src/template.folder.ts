import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { KeptResults, keyOf } from '#libs/platform/index.js';
import { compilerCode } from './compiler.code.js';
import type { CatalogueEntry } from './template.entry.js';
import type { Context } from './template.schema.js';
import type { TemplateSource } from './template.source.js';
import { TemplateError, type Site, type TemplateProblem } from './template.types.js';

/** What a language says around every mail. */
export interface LanguageTexts {
  /** The frame's texts, with expressions. */
  frame: Readonly<Record<string, string>>;
  /** Wordings that no mail may use, by the reason why. */
  avoid: Readonly<Record<string, readonly string[]>>;
  /** By sample, what its values are in this language. */
  samples: Readonly<Record<string, Context>>;
}

/** All that a templates folder comes to. Plain data, which goes into a file or to a thread as it is. */
export interface CompiledFolder {
  /** English first. */
  languages: string[];
  entries: CatalogueEntry[];
  /** Each template in each language. */
  sources: TemplateSource[];
  /** By language. */
  texts: Record<string, LanguageTexts>;
}

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
