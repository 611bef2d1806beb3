import type { CatalogueEntry } from './template.entry.js';
import type { TemplateFiles } from './template.files.js';
import type { LanguageTexts } from './compiled.folder.js';
import { TemplateLanguage, type Words } from './template.language.js';
import { assemble, readTextFile } from './template.parts.js';
import type { Schema } from './template.schema.js';
import type { TemplateSource } from './template.source.js';
import { VariableCheck } from './template.variables.js';
import { markupProblems } from './template.wellformed.js';

const TEXT: Schema = { type: 'string' };
const SITE: Schema = { type: 'object', properties: { name: TEXT, url: TEXT, helpUrl: TEXT } };
const IN_HTML: Record<string, Schema> = { subject: TEXT, preheader: TEXT };

/** Compiles the templates of one language; what is wrong goes to the problems of `files`. */
export class TemplateCompiler {
  readonly texts: LanguageTexts | undefined;
  readonly #language: TemplateLanguage;

  constructor(
    readonly files: TemplateFiles,
    readonly code: string,
    readonly frame: { mjml: string; text: string },
  ) {
    this.#language = new TemplateLanguage(code);
    this.texts = files.language(code);
  }

  async compile({ name, schema, words: lists }: CatalogueEntry): Promise<TemplateSource | undefined> {
    const path = `${this.code}/${name}`;
    const body = this.files.text(`${path}.mjml`);
    const textFile = this.files.text(`${path}.txt`);
    const words = this.#words(lists);
    if (body === undefined || textFile === undefined || !this.texts || !words) return undefined;

    const inText: string[] = [];
    const inHtml = markupProblems(body, 'mj-wrapper');
    const { subject, preheader, body: sentences } = readTextFile(textFile, inText);
    const text = assemble(this.frame.text, sentences, this.texts.frame, 'text', inText);
    const mjml = assemble(this.frame.mjml, body, this.texts.frame, 'html', inHtml);
    const html = inHtml.length === 0 ? await this.#toHtml(mjml, inHtml) : '';
    for (const problem of inHtml) this.files.say(`${path}.mjml`, problem);
    for (const problem of inText) this.files.say(`${path}.txt`, problem);

    const fit = [
      this.#fits(schema, IN_HTML, lists, [mjml], `${path}.mjml`),
      this.#fits(schema, {}, lists, [subject, preheader, text], `${path}.txt`),
    ];
    if (inHtml.length + inText.length > 0 || fit.includes(false)) return undefined;
    return { template: name, language: this.code, schema, subject, preheader, html, text, words };
  }

  #words(lists: string[]): Record<string, Words> | undefined {
    const found = lists.map((list) => [list, this.files.words(this.code, list)] as const);
    return found.some(([, words]) => words === undefined)
      ? undefined
      : Object.fromEntries(found.map(([list, words]) => [list, words ?? {}]));
  }

  async #toHtml(mjml: string, problems: string[]): Promise<string> {
    // Half a second to load, and nobody needs it whose templates were compiled before.
    const { default: mjml2html } = await import('mjml');
    // Default fonts would be fetched from elsewhere. 'soft', since 'strict' refuses expressions in attributes.
    const { html, errors } = await mjml2html(mjml, {
      fonts: {},
      keepComments: false,
      validationLevel: 'soft',
    });
    const real = errors.filter(({ message }) => !/has invalid value: .*\{\{/.test(message));
    problems.push(...real.map(({ tagName, message }) => `<${tagName}> ${message}`));
    if (!/<html[^>]* lang="(?!und")[^"]/.test(html))
      problems.push('the html has no lang; set it on <mjml> in the frame');
    return html;
  }

  /** Whether the texts use the variables that the schema declares, all of them and no others. */
  #fits(
    schema: Schema,
    extra: Record<string, Schema>,
    lists: string[],
    texts: string[],
    path: string,
  ): boolean {
    const ours = { site: SITE, language: TEXT, ...extra };
    const check = new VariableCheck({ type: 'object', properties: { ...schema.properties, ...ours } }, lists);
    try {
      for (const text of texts) check.accept(this.#language.parse(text));
    } catch (error) {
      this.files.say(path, `is not Handlebars: ${(error as Error).message}`);
      return false;
    }
    // A misspelt name is told once, not also as the right one missing.
    const unused = check.problems.size > 0 ? [] : check.unused(schema);
    const problems = [...check.problems, ...unused];
    for (const problem of problems) this.files.say(path, problem, 'variable');
    return problems.length === 0;
  }
}
