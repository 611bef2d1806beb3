import type { Schema } from './template.schema.js';

/** What all mails of one installation say about the site: settings, not texts. Templates read it as `site.*`. */
export interface Site {
  name: string;
  url: string;
  helpUrl: string;
}

/** One mail, ready for any transport. The same input gives the same bytes. */
export interface RenderedMail {
  template: string;
  /** The language used, which is English when the one asked for has no folder. */
  language: string;
  /** Hash of everything the mail was made from except context and site. */
  version: string;
  subject: string;
  preheader: string;
  html: string;
  text: string;
}

/** The four things every mail tells, in the order in which it tells them. */
export const SECTIONS = ['happened', 'weDo', 'youDo', 'byWhen'] as const;

export type Section = (typeof SECTIONS)[number];

/** What a section of a mail owes its reader. */
export interface SectionPromise {
  /** In one sentence, whatever the language of the mail. */
  says: string;
  /** Members of the context whose value stands in the section, where there is one. */
  shows?: string[];
}

export type Promises = Record<Section, SectionPromise>;

/** A kind of mail as its catalogue entry tells it. */
export interface TemplateDescription {
  name: string;
  /** One sentence: when it is sent and what it says. */
  about: string;
  /** JSON Schema of the context. */
  schema: Schema;
  promises: Promises;
  /** Example contexts by name, for previews and for the check at start; as an English mail shows them. */
  samples: Record<string, Record<string, unknown>>;
}

/** What is wrong with the files of the templates. */
export interface TemplateProblem {
  kind: 'file' | 'variable' | 'translation' | 'sample';
  /** The file, or the folder and name of a template in a language. */
  path: string;
  /** What is wrong and what to do; no values. */
  message: string;
}

/**
 * Something is wrong with a template or with what it was given. Final: rendering the same again fails again.
 * The message names template, language and members at fault, never a value.
 */
export class TemplateError extends Error {
  override name = 'TemplateError';

  /** All problems at once, for whoever starts the service. */
  static of(problems: readonly TemplateProblem[]): TemplateError {
    const lines = new Set(problems.map(({ path, message }) => `- ${path}: ${message}`));
    const count = lines.size === 1 ? 'a problem' : `${lines.size} problems`;
    return new TemplateError(`The templates have ${count}:\n${[...lines].join('\n')}`);
  }
}
