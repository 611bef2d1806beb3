import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { newAjv, sentences, ContextSchema, type Context, type Schema } from './template.schema.js';
import { TemplateError } from './template.types.js';

export interface CatalogueEntry {
  name: string;
  about: string;
  context: ContextSchema;
  samples: Record<string, Context>;
}

/** Names that a template gets from us and a schema may therefore not declare. */
export const RESERVED = ['site', 'language', 'subject', 'preheader', 'frame', 'content'];

const LANGUAGE = /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/;

const PROPERTIES = {
  type: 'object',
  additionalProperties: {
    type: 'object',
    required: ['description'],
    properties: { description: { type: 'string', minLength: 1 } },
  },
  propertyNames: { not: { enum: RESERVED } },
};
const ENTRY = {
  type: 'object',
  required: ['about', 'context', 'samples'],
  additionalProperties: false,
  properties: {
    about: { type: 'string', minLength: 1 },
    context: {
      type: 'object',
      required: ['type', 'properties', 'additionalProperties'],
      properties: {
        type: { const: 'object' },
        additionalProperties: { const: false },
        properties: PROPERTIES,
      },
    },
    samples: { type: 'object', minProperties: 1, additionalProperties: { type: 'object' } },
  },
};
const areTexts = newAjv().compile<Record<string, string>>({
  type: 'object',
  additionalProperties: { type: 'string' },
});
const isEntry = newAjv().compile<{ about: string; context: Schema; samples: Record<string, Context> }>(ENTRY);

/** A templates folder in memory. Reads that fail are noted in `problems` and answered with undefined. */
export class TemplateFiles {
  readonly languages: string[];
  readonly names: string[];

  private constructor(
    readonly files: ReadonlyMap<string, string>,
    readonly problems: string[],
  ) {
    const inFolders = [...files.keys()].filter((path) => path.includes('/'));
    const all = inFolders.map((path) => ({
      folder: path.replace(/\/.*/, ''),
      file: path.replace(/^.*?\//, ''),
    }));
    const catalogued = all.filter(({ folder, file }) => folder === 'catalogue' && file.endsWith('.json'));
    const translated = all.filter(({ folder }) => folder !== 'catalogue');
    this.names = catalogued.map(({ file }) => nameOf(file));
    this.languages = [...new Set(['en', ...translated.map(({ folder }) => folder)])].filter((folder) => {
      if (LANGUAGE.test(folder)) return true;
      problems.push(`${folder}/: is not a language; name it like "en" or "pt-br"`);
      return false;
    });
    for (const { folder, file } of translated)
      if (file !== 'frame.json' && !this.names.includes(nameOf(file)))
        problems.push(`${folder}/${file}: no catalogue/${nameOf(file)}.json; add it or remove this file`);
  }

  /** @throws TemplateError when there is no such folder */
  static async read(directory: string, problems: string[]): Promise<TemplateFiles> {
    const found = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => {
      throw new TemplateError('the templates folder cannot be read; check the path');
    });
    const wanted = found.filter((entry) => entry.isFile() && /^[^.].*\.(mjml|txt|json)$/.test(entry.name));
    const read = wanted.map(async (entry): Promise<[string, string]> => {
      const path = join(entry.parentPath, entry.name);
      return [relative(directory, path).split(sep).join('/'), await readFile(path, 'utf8')];
    });
    return new TemplateFiles(
      new Map((await Promise.all(read)).sort(([a], [b]) => (a < b ? -1 : 1))),
      problems,
    );
  }

  text(path: string): string | undefined {
    const text = this.files.get(path);
    if (text === undefined) this.problems.push(`${path}: is missing; write it`);
    return text;
  }

  entry(name: string): CatalogueEntry | undefined {
    const path = `catalogue/${name}.json`;
    const entry = this.#json(path);
    if (entry === undefined) return undefined;
    if (!isEntry(entry)) {
      this.problems.push(...sentences(isEntry.errors).map((sentence) => `${path}: ${sentence}`));
      return undefined;
    }
    try {
      const context = new ContextSchema(entry.context);
      return { name, about: entry.about, context, samples: entry.samples };
    } catch (error) {
      this.problems.push(`${path}: "context" is not a JSON Schema: ${(error as Error).message}`);
      return undefined;
    }
  }

  /** The frame's texts of a language. */
  frameTexts(language: string): Record<string, string> | undefined {
    const path = `${language}/frame.json`;
    const texts = this.#json(path);
    if (texts === undefined || areTexts(texts)) return texts;
    this.problems.push(`${path}: must be an object whose members are texts`);
    return undefined;
  }

  /** Changes when a byte changes of what a mail in this language is made from. */
  version(name: string, language: string): string {
    const paths = ['frame.mjml', 'frame.txt', `catalogue/${name}.json`].concat(
      ['frame.json', `${name}.mjml`, `${name}.txt`].map((file) => `${language}/${file}`),
    );
    const hash = createHash('sha256');
    for (const path of paths) hash.update(JSON.stringify([path, this.files.get(path)]));
    return hash.digest('hex').slice(0, 16);
  }

  #json(path: string): unknown {
    const text = this.text(path);
    try {
      return text === undefined ? undefined : JSON.parse(text);
    } catch {
      this.problems.push(`${path}: is not JSON; check commas and quotes`);
      return undefined;
    }
  }
}

function nameOf(file: string): string {
  return file.replace(/\.(mjml|txt|json)$/, '');
}
