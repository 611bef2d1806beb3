import { createHash } from 'node:crypto';
import { TemplateLanguage, type Render, type Words } from './template.language.js';
import { ContextSchema, type Schema } from './template.schema.js';

/**
 * All that a mail is made from except context and site: one template in one language, frame included, MJML done. It
 * needs no file and no MJML any more, so whoever keeps it can render the same bytes for ever.
 */
export interface TemplateSource {
  template: string;
  language: string;
  /** JSON Schema of the context. */
  schema: Schema;
  /** Handlebars, like the three below. */
  subject: string;
  preheader: string;
  html: string;
  text: string;
  /** The word lists that it looks into. */
  words: Record<string, Words>;
}

/** A source as functions: nothing is read or compiled any more when a mail is rendered. */
export interface CompiledTemplate {
  source: TemplateSource;
  version: string;
  context: ContextSchema;
  subject: Render;
  preheader: Render;
  html: Render;
  text: Render;
}

/** @throws Error when the schema is not a JSON Schema */
export function compileSource(source: TemplateSource): CompiledTemplate {
  const language = new TemplateLanguage(source.language, source.words);
  return {
    source,
    version: versionOf(source),
    context: new ContextSchema(source.schema),
    subject: language.compile(source.subject, 'text'),
    preheader: language.compile(source.preheader, 'text'),
    html: language.compile(source.html, 'html'),
    text: language.compile(source.text, 'text'),
  };
}

/** Changes when a byte changes of what a mail is made from, and only then. */
export function versionOf(source: TemplateSource): string {
  return createHash('sha256').update(canonical(source)).digest('hex').slice(0, 16);
}

/** JSON with sorted members: a source that went through a database is the same source. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
