import Handlebars from 'handlebars';

export type Render = (context: object) => string;

/** What a language says for a code. */
export type Words = Readonly<Record<string, string>>;

// Everything a template may call. Texts that need more want another template, not another helper.
export const HELPERS = ['if', 'unless', 'each', 'with', 'is', 'date', 'words'];

/**
 * Handlebars as one language uses it: strict, without partials or global helpers. Beside the built-in blocks there are
 * `{{date member}}`, a day written out, `(is member "word")`, for `{{#if}}`, and `{{words "list" member}}`, what the
 * language says for a code.
 */
export class TemplateLanguage {
  readonly #handlebars = Handlebars.create();

  constructor(
    readonly code: string,
    words: Record<string, Words> = {},
  ) {
    // Dates are days without a clock: reading them in UTC keeps the day that was meant.
    const format = new Intl.DateTimeFormat(code, { dateStyle: 'long', timeZone: 'UTC' });
    const days = new Days((day) => format.format(Date.parse(day)));
    this.#handlebars.registerHelper({
      date: (day: unknown) => days.of(String(day)),
      is: (left: unknown, right: unknown) => left === right,
      words: (list: string, key: unknown) => wordsFor(words[list] ?? {}, String(key)),
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

/** Days written out. A season has few of them, and writing one out costs more than the rest of a mail. */
class Days {
  private readonly known = new Map<string, string>();

  constructor(private readonly write: (day: string) => string) {}

  of(day: string): string {
    const known = this.known.get(day);
    if (known !== undefined) return known;
    const written = this.write(day);
    if (this.known.size < 1_000) this.known.set(day, written);
    return written;
  }
}

/** The words for a code, else for its family: IND-031-04, then IND-031. Undefined when nobody wrote any. */
export function wordsFor(words: Words, code: string): string | undefined {
  for (let key = code; key; key = key.slice(0, Math.max(key.lastIndexOf('-'), 0)))
    if (Object.hasOwn(words, key)) return words[key];
  return undefined;
}
