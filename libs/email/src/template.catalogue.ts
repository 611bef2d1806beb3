import type { CatalogueEntry } from './template.entry.js';
import type { CompiledFolder, LanguageTexts } from './compiled.folder.js';
import { openFolder } from './template.folder.js';
import { renderMail } from './template.renderer.js';
import { samplesIn } from './template.samples.js';
import { ContextSchema, type Context } from './template.schema.js';
import { compileSource, versionOf, type CompiledTemplate, type TemplateSource } from './template.source.js';
import {
  TemplateError,
  type RenderedMail,
  type Site,
  type TemplateDescription,
  type TemplateProblem,
} from './template.types.js';

/** All mails of the service, proved before the first is rendered; the one way to a rendered mail. */
export class TemplateCatalogue {
  readonly templates: readonly TemplateDescription[];
  readonly #entries: ReadonlyMap<string, CatalogueEntry>;
  /** By template, then by language. */
  readonly #sources = new Map<string, Map<string, TemplateSource>>();
  // Made into functions when they are first used: a process uses few of them, and some processes none.
  readonly #compiled = new Map<TemplateSource, CompiledTemplate>();
  readonly #contexts = new Map<string, ContextSchema>();

  constructor(
    /** What it was made from; makes another of the same in another thread. */
    readonly folder: CompiledFolder,
    /** What every mail says about the site. */
    readonly site: Site,
  ) {
    this.#entries = new Map(folder.entries.map((entry) => [entry.name, entry]));
    this.templates = folder.entries.map(describe);
    for (const source of folder.sources) {
      const inLanguages = this.#sources.get(source.template) ?? new Map<string, TemplateSource>();
      this.#sources.set(source.template, inLanguages.set(source.language, source));
    }
  }

  /**
   * Reads and verifies every template × language × sample; compiles what was not compiled before.
   * @throws one TemplateError that lists all problems, each with what to do
   */
  static async load(directory: string, site: Site): Promise<TemplateCatalogue> {
    const { catalogue, problems } = await TemplateCatalogue.inspect(directory, site);
    if (problems.length > 0) throw TemplateError.of(problems);
    return catalogue;
  }

  /**
   * The same for whoever wants to see what is good beside what is not: templates with a problem are left out.
   * @throws TemplateError when there is no such folder
   */
  static async inspect(
    directory: string,
    site: Site,
  ): Promise<{ catalogue: TemplateCatalogue; problems: TemplateProblem[] }> {
    const { folder, problems } = await openFolder(directory, site);
    return { catalogue: new TemplateCatalogue(folder, site), problems };
  }

  /** English first. */
  get languages(): readonly string[] {
    return this.folder.languages;
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** @throws TemplateError when there is no such template */
  describe(name: string): TemplateDescription {
    return describe(this.#entry(name));
  }

  /**
   * The example contexts of a template with the values that are natural in a language.
   * @throws TemplateError when there is no such template
   */
  samples(name: string, language: string): Record<string, Context> {
    const texts = this.texts(language);
    return texts ? samplesIn(this.#entry(name), texts) : this.#entry(name).samples;
  }

  /** What a language says around every mail; undefined when it has no folder. */
  texts(language: string): LanguageTexts | undefined {
    return Object.hasOwn(this.folder.texts, language) ? this.folder.texts[language] : undefined;
  }

  /** Each template in each language as it is rendered now, with its version. */
  get sources(): readonly { version: string; source: TemplateSource }[] {
    return this.folder.sources.map((source) => ({ version: versionOf(source), source }));
  }

  /**
   * What is wrong with a context, in sentences that name members and never values: missing, wrong, undeclared.
   * Empty when good.
   * @throws TemplateError when there is no such template
   */
  problems(name: string, context: Context): string[] {
    const known = this.#contexts.get(name) ?? new ContextSchema(this.#entry(name).schema);
    this.#contexts.set(name, known);
    return known.problems(context);
  }

  /**
   * Undeclared members are ignored. A language without a folder falls back to English: the result says which was used.
   * @throws TemplateError when the template is unknown, or a member is missing or wrong
   */
  render(name: string, language: string, context: Context): RenderedMail {
    this.#entry(name);
    const inLanguages = this.#sources.get(name);
    const wanted = language.toLowerCase();
    const source =
      inLanguages?.get(wanted) ?? inLanguages?.get(wanted.split(/[-_]/)[0] ?? '') ?? inLanguages?.get('en');
    if (!source) throw new TemplateError(`template ${name} has no English text`);
    const compiled = this.#compiled.get(source) ?? compileSource(source);
    this.#compiled.set(source, compiled);
    return renderMail(compiled, this.site, context);
  }

  #entry(name: string): CatalogueEntry {
    const entry = this.#entries.get(name);
    if (!entry) throw new TemplateError(`there is no template ${JSON.stringify(name)}`);
    return entry;
  }
}

function describe({ name, about, schema, promises, samples }: CatalogueEntry): TemplateDescription {
  return { name, about, schema, promises, samples };
}
