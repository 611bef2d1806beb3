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

/** A kind of mail as its catalogue entry tells it. */
export interface TemplateDescription {
  name: string;
  /** One sentence: when it is sent and what it says. */
  about: string;
  /** JSON Schema of the context. */
  schema: object;
  /** Example contexts by name, for previews and for the check at start. */
  samples: Record<string, Record<string, unknown>>;
}

/**
 * Something is wrong with a template or with what it was given. Final: rendering the same again fails again.
 * The message names template, language and members at fault, never a value.
 */
export class TemplateError extends Error {
  override name = 'TemplateError';
}
