import { TemplateCompiler, type CompiledTemplate } from './template.compiler.js';
import { TemplateFiles, type CatalogueEntry } from './template.files.js';
import { renderMail } from './template.renderer.js';
import type { Context } from './template.schema.js';
import { TemplateError, type RenderedMail, type Site, type TemplateDescription } from './template.types.js';
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
  ) {
    this.templates = [...entries.values()].map(({ name, about, context, samples }) => ({
      name,
      about,
      schema: context.schema,
      samples,
    }));
  }

  /**
   * Reads, compiles and verifies every template × language × sample.
   * @throws one TemplateError that lists all problems, each with what to do
   */
  static async load(directory: string, site: Site): Promise<TemplateCatalogue> {
    const problems: string[] = [];
    const files = await TemplateFiles.read(directory, problems);
    const frame = { mjml: files.text('frame.mjml') ?? '', text: files.text('frame.txt') ?? '' };
    // The slot stands where elements may stand, so it is taken out before the frame's own text is looked at.
    const inFrame = markupProblems(frame.mjml.replace('{{{content}}}', ''));
    problems.push(...inFrame.map((problem) => `frame.mjml: ${problem}`));

    const entries = new Map<string, CatalogueEntry>();
    const compiled = new Map<string, Map<string, CompiledTemplate>>();
    const compilers = files.languages.map((language) => new TemplateCompiler(files, language, frame));
    for (const name of files.names) {
      const entry = files.entry(name);
      if (!entry) continue;
      const inLanguages = new Map<string, CompiledTemplate>();
      for (const compiler of compilers) {
        const template = await compiler.compile(entry);
        if (template) inLanguages.set(compiler.code, template);
      }
      problems.push(...verifySamples(entry, [...inLanguages.values()], site));
      entries.set(name, entry);
      compiled.set(name, inLanguages);
    }
    if (files.names.length === 0) problems.push('catalogue/: holds no template; add <template>.json');
    if (problems.length > 0) throw new TemplateError(list([...new Set(problems)]));
    return new TemplateCatalogue(files.languages, site, entries, compiled);
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  /** @throws TemplateError when there is no such template */
  describe(name: string): TemplateDescription {
    const { about, context, samples } = this.#entry(name);
    return { name, about, schema: context.schema, samples };
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
    const entry = this.#entry(name);
    const inLanguages = this.compiled.get(name);
    const wanted = language.toLowerCase();
    const template =
      inLanguages?.get(wanted) ?? inLanguages?.get(wanted.split(/[-_]/)[0] ?? '') ?? inLanguages?.get('en');
    if (!template) throw new TemplateError(`template ${name} has no English text`);
    return renderMail(entry, template, this.site, context);
  }

  #entry(name: string): CatalogueEntry {
    const entry = this.entries.get(name);
    if (!entry) throw new TemplateError(`there is no template ${JSON.stringify(name)}`);
    return entry;
  }
}

function list(problems: string[]): string {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return `The templates have ${count}:\n${problems.map((problem) => `- ${problem}`).join('\n')}`;
}
