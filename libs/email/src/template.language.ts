import Handlebars from 'handlebars';

export type Render = (context: object) => string;

// Everything a template may call. Texts that need more want another template, not another helper.
export const HELPERS = ['if', 'unless', 'each', 'with', 'is', 'date'];

/**
 * Handlebars as one language uses it: strict, without partials or global helpers. Beside the built-in blocks there are
 * `{{date member}}`, a day written out, and `(is member "word")`, for `{{#if}}`.
 */
export class TemplateLanguage {
  readonly #handlebars = Handlebars.create();

  constructor(readonly code: string) {
    // Dates are days without a clock: reading them in UTC keeps the day that was meant.
    const days = new Intl.DateTimeFormat(code, { dateStyle: 'long', timeZone: 'UTC' });
    this.#handlebars.registerHelper({
      date: (day: unknown) => days.format(Date.parse(String(day))),
      is: (left: unknown, right: unknown) => left === right,
    });
    this.#handlebars.unregisterHelper('log');
    this.#handlebars.unregisterHelper('lookup');
  }

  /** @throws Error with line and cause when `source` is not Handlebars */
  parse(source: string): hbs.AST.Program {
    return this.#handlebars.parse(source);
  }

  /** Compiled on first use; a member that is missing then throws. */
  compile(source: string, kind: 'html' | 'text'): Render {
    return this.#handlebars.compile<object>(source, {
      strict: true,
      noEscape: kind === 'text',
      knownHelpersOnly: true,
      knownHelpers: Object.fromEntries(HELPERS.map((name) => [name, true])),
    });
  }
}
