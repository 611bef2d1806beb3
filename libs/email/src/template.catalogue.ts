import type { CatalogueEntry } from './template.entry.js';
import { TemplateCompiler } from './template.compiler.js';
import { TemplateFiles, type LanguageTexts } from './template.files.js';
import { renderMail } from './template.renderer.js';
import type { Context } from './template.schema.js';
import type { CompiledTemplate, TemplateSource } from './template.source.js';
import {
  TemplateError,
  type RenderedMail,
  type Site,
  type TemplateDescription,
  type TemplateProblem,
} from './template.types.js';
import { verifySamples } from './template.verify.js';
import { markupProblems } from './template.wellformed.js';

type InLanguages = ReadonlyMap<string, CompiledTemplate>;

/** All mails of the service, compiled and proved at start; the one way to a rendered mail. */
export class TemplateCatalogue {
  readonly templates: readonly TemplateDescription[];

  private constructor(
    /** English first. */
    readonly languages: readonly string[],
    /** What every mail says about the site. */
    readonly site: Site,
    private readonly entries: ReadonlyMap<string, CatalogueEntry>,
    private readonly compiled: ReadonlyMap<string, InLanguages>,
    private readonly speech: ReadonlyMap<string, LanguageTexts>,
  ) {
    this.templates = [...entries.values()].map(describe);
  }

  /**
   * Reads, compiles and verifies every template × language × sample.
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
    const files = await TemplateFiles.read(directory);
    const frame = { mjml: files.text('frame.mjml') ?? '', text: files.text('frame.txt') ?? '' };
    // The slot stands where elements may stand, so it is taken out before the frame's own text is looked at.
    for (const problem of markupProblems(frame.mjml.replace('{{{content}}}', '')))
      files.say('frame.mjml', problem);

    const entries = new Map<string, CatalogueEntry>();
    const compiled = new Map<string, Map<string, CompiledTemplate>>();
    const compilers = files.languages.map((language) => new TemplateCompiler(files, language, frame));
    const speech = new Map(compilers.flatMap(({ code, texts }) => (texts ? [[code, texts] as const] : [])));
    for (const name of files.names) {
      const entry = files.entry(name);
      if (!entry) continue;
      const inLanguages = new Map<string, CompiledTemplate>();
      for (const compiler of compilers) {
        const template = await compiler.compile(entry);
        if (!template || !compiler.texts) continue;
        inLanguages.set(compiler.code, template);
        const samples = samplesIn(entry, compiler.texts);
        files.problems.push(...verifySamples(entry, template, samples, site));
      }
      entries.set(name, entry);
      compiled.set(name, inLanguages);
    }
    return {
      catalogue: new TemplateCatalogue(files.languages, site, entries, compiled, speech),
      problems: files.problems,
    };
  }

  has(name: string): boolean {
    return this.entries.has(name);
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
    return this.speech.get(language);
  }

  /** Each template in each language as it is rendered now, with its version. */
  get sources(): readonly { version: string; source: TemplateSource }[] {
    return [...this.compiled.values()].flatMap((inLanguages) => [...inLanguages.values()]);
  }

  /**
   * What is wrong with a context, in sentences that name members and never values: missing, wrong, undeclared.
   * Empty when good.
   * @throws TemplateError when there is no such template
   */
  problems(name: string, context: Context): string[] {
    return this.#entry(name).context.problems(context);
  }

  /**
   * Undeclared members are ignored. A language without a folder falls back to English: the result says which was used.
   * @throws TemplateError when the template is unknown, or a member is missing or wrong
   */
  render(name: string, language: string, context: Context): RenderedMail {
    this.#entry(name);
    const inLanguages = this.compiled.get(name);
    const wanted = language.toLowerCase();
    const template =
      inLanguages?.get(wanted) ?? inLanguages?.get(wanted.split(/[-_]/)[0] ?? '') ?? inLanguages?.get('en');
    if (!template) throw new TemplateError(`template ${name} has no English text`);
    return renderMail(template, this.site, context);
  }

  #entry(name: string): CatalogueEntry {
    const entry = this.entries.get(name);
    if (!entry) throw new TemplateError(`there is no template ${JSON.stringify(name)}`);
    return entry;
  }
}

function describe({ name, about, context, promises, samples }: CatalogueEntry): TemplateDescription {
  return { name, about, schema: context.schema, promises, samples };
}

/** A language gives a sample's members other values; it adds none. */
function samplesIn({ samples }: CatalogueEntry, texts: LanguageTexts): Record<string, Context> {
  return Object.fromEntries(
    Object.entries(samples).map(([sample, context]) => {
      const own = Object.entries(texts.samples[sample] ?? {}).filter(([name]) =>
        Object.hasOwn(context, name),
      );
      return [sample, { ...context, ...Object.fromEntries(own) }];
    }),
  );
}
