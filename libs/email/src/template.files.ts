import { readEntry, type CatalogueEntry } from './template.entry.js';
import type { LanguageTexts } from './compiled.folder.js';
import type { Words } from './template.language.js';
import { newAjv, type Context } from './template.schema.js';
import type { TemplateProblem } from './template.types.js';

const LANGUAGE = /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/;
/** Files of a language that belong to no single template. */
const SHARED = /^(frame|avoid|samples)\.json$|^words\/[\w-]+\.json$/;

const ajv = newAjv();
const TEXTS = { type: 'object', additionalProperties: { type: 'string' } };
const areTexts = ajv.compile<Words>(TEXTS);
const areLists = ajv.compile<Record<string, string[]>>({
  type: 'object',
  additionalProperties: { type: 'array', items: { type: 'string', minLength: 2 } },
});
const areSamples = ajv.compile<Record<string, Context>>({
  type: 'object',
  additionalProperties: { type: 'object' },
});

/** The texts of a templates folder, by their names. What cannot be read is noted in `problems` and answered with undefined. */
export class TemplateFiles {
  readonly problems: TemplateProblem[] = [];
  readonly languages: string[];
  readonly names: string[];

  constructor(readonly files: ReadonlyMap<string, string>) {
    const inFolders = [...files.keys()].filter((path) => path.includes('/'));
    const all = inFolders.map((path) => ({
      folder: path.replace(/\/.*/, ''),
      file: path.replace(/^.*?\//, ''),
    }));
    const catalogued = all.filter(({ folder, file }) => folder === 'catalogue' && file.endsWith('.json'));
    const translated = all.filter(({ folder }) => folder !== 'catalogue');
    this.names = catalogued.map(({ file }) => nameOf(file));
    if (this.names.length === 0) this.say('catalogue/', 'holds no template; add <template>.json');
    this.languages = [...new Set(['en', ...translated.map(({ folder }) => folder)])].filter((folder) => {
      if (LANGUAGE.test(folder)) return true;
      this.say(`${folder}/`, 'is not a language; name it like "en" or "pt-br"');
      return false;
    });
    for (const { folder, file } of translated)
      if (!SHARED.test(file) && !this.names.includes(nameOf(file)))
        this.say(`${folder}/${file}`, `no catalogue/${nameOf(file)}.json; add it or remove this file`);
  }

  say(path: string, message: string, kind: TemplateProblem['kind'] = 'file'): void {
    this.problems.push({ kind, path, message });
  }

  text(path: string): string | undefined {
    const text = this.files.get(path);
    if (text === undefined) this.say(path, 'is missing; write it', this.#kindOfMissing(path));
    return text;
  }

  entry(name: string): CatalogueEntry | undefined {
    const path = `catalogue/${name}.json`;
    const json = this.#json(path);
    if (json === undefined) return undefined;
    const entry = readEntry(name, json);
    if (!Array.isArray(entry)) return entry;
    for (const problem of entry) this.say(path, problem);
    return undefined;
  }

  language(code: string): LanguageTexts | undefined {
    const frame = this.#json(`${code}/frame.json`);
    const avoid = this.#json(`${code}/avoid.json`);
    const hasSamples = this.files.has(`${code}/samples.json`);
    const samples = hasSamples ? this.#json(`${code}/samples.json`) : {};
    if (frame !== undefined && !areTexts(frame))
      this.say(`${code}/frame.json`, 'must be an object whose members are texts');
    else if (avoid !== undefined && !areLists(avoid))
      this.say(`${code}/avoid.json`, 'must be an object whose members are lists of texts');
    else if (samples !== undefined && !areSamples(samples))
      this.say(`${code}/samples.json`, 'must be an object whose members are contexts');
    else if (frame && avoid && samples) return { frame, avoid, samples };
    return undefined;
  }

  /** A word list of a language, with a word for every code for which English has one. */
  words(code: string, list: string): Words | undefined {
    const path = `${code}/words/${list}.json`;
    const words = this.#json(path);
    if (words === undefined) return undefined;
    if (!areTexts(words)) {
      this.say(path, 'must be an object whose members are texts');
      return undefined;
    }
    const english = parsed(this.files.get(`en/words/${list}.json`) ?? '{}');
    const missing = Object.keys(areTexts(english) ? english : {}).filter((key) => !Object.hasOwn(words, key));
    if (missing.length > 0)
      this.say(path, `has no words for ${missing.join(', ')}; translate them`, 'translation');
    return words;
  }

  #json(path: string): unknown {
    const text = this.text(path);
    const json = text === undefined ? undefined : parsed(text);
    if (text !== undefined && json === undefined) this.say(path, 'is not JSON; check commas and quotes');
    return json;
  }

  #kindOfMissing(path: string): TemplateProblem['kind'] {
    return path.startsWith('en/') || !path.includes('/') ? 'file' : 'translation';
  }
}

function nameOf(file: string): string {
  return file.replace(/\.(mjml|txt|json)$/, '');
}

/** Undefined when it is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
