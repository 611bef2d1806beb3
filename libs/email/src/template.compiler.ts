import mjml2html from 'mjml';
import type { CatalogueEntry, TemplateFiles } from './template.files.js';
import { TemplateLanguage, type Render } from './template.language.js';
import { assemble, readTextFile } from './template.parts.js';
import type { Schema } from './template.schema.js';
import { VariableCheck } from './template.variables.js';
import { markupProblems } from './template.wellformed.js';

/** One template in one language, as functions: nothing is read or compiled any more when a mail is rendered. */
export interface CompiledTemplate {
  language: string;
  version: string;
  subject: Render;
  preheader: Render;
  html: Render;
  text: Render;
}

const TEXT: Schema = { type: 'string' };
const SITE: Schema = { type: 'object', properties: { name: TEXT, url: TEXT, helpUrl: TEXT } };
const IN_HTML: Record<string, Schema> = { subject: TEXT, preheader: TEXT };

/** Compiles the templates of one language; what is wrong goes to the problems of `files`. */
export class TemplateCompiler {
  readonly #language: TemplateLanguage;
  readonly #texts: Record<string, string> | undefined;

  constructor(
    readonly files: TemplateFiles,
    readonly code: string,
    readonly frame: { mjml: string; text: string },
  ) {
    this.#language = new TemplateLanguage(code);
    this.#texts = files.frameTexts(code);
  }

  async compile({ name, context }: CatalogueEntry): Promise<CompiledTemplate | undefined> {
    const path = `${this.code}/${name}`;
    const body = this.files.text(`${path}.mjml`);
    const textFile = this.files.text(`${path}.txt`);
    if (body === undefined || textFile === undefined || this.#texts === undefined) return undefined;

    const inText: string[] = [];
    const inHtml = markupProblems(body, 'mj-wrapper');
    const { subject, preheader, body: words } = readTextFile(textFile, inText);
    const text = assemble(this.frame.text, words, this.#texts, 'text', inText);
    const mjml = assemble(this.frame.mjml, body, this.#texts, 'html', inHtml);
    const html = inHtml.length === 0 ? await this.#toHtml(mjml, inHtml) : '';

    this.#checkVariables(context.schema, IN_HTML, [mjml], inHtml);
    this.#checkVariables(context.schema, {}, [subject, preheader, text], inText);
    this.files.problems.push(...inHtml.map((problem) => `${path}.mjml: ${problem}`));
    this.files.problems.push(...inText.map((problem) => `${path}.txt: ${problem}`));
    if (inHtml.length + inText.length > 0) return undefined;
    return {
      language: this.code,
      version: this.files.version(name, this.code),
      subject: this.#language.compile(subject, 'text'),
      preheader: this.#language.compile(preheader, 'text'),
      html: this.#language.compile(html, 'html'),
      text: this.#language.compile(text, 'text'),
    };
  }

  async #toHtml(mjml: string, problems: string[]): Promise<string> {
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

  #checkVariables(
    schema: Schema,
    extra: Record<string, Schema>,
    sources: string[],
    problems: string[],
  ): void {
    const ours = { site: SITE, language: TEXT, ...extra };
    const check = new VariableCheck({ type: 'object', properties: { ...schema.properties, ...ours } });
    try {
      for (const source of sources) check.accept(this.#language.parse(source));
    } catch (error) {
      problems.push(`is not Handlebars: ${(error as Error).message}`);
      return;
    }
    // A misspelt name is told once, not also as the right one missing.
    const unused = check.problems.size > 0 ? [] : unusedMembers(schema, check.used);
    problems.push(...check.problems, ...unused.map((name) => `"${name}" is declared but never used`));
  }
}

function unusedMembers(schema: Schema, used: ReadonlySet<Schema>): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => [
    ...(used.has(member) ? [] : [name]),
    ...unusedMembers(member.items ?? {}, used).map((inner) => `${name}.${inner}`),
  ]);
}
