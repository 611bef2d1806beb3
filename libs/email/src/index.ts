export { Mailer } from './mailer.js';
export type { MailerOptions } from './mailer.js';
export { toBytes } from './message.js';
export type { OutgoingMail } from './message.js';
export type { DeferredReason, HandOver } from './smtp.outcome.js';
export { TemplateArchive } from './template.archive.js';
export type { KeptVersion } from './template.archive.js';
export { TemplateCatalogue } from './template.catalogue.js';
export type { CompiledFolder, LanguageTexts } from './compiled.folder.js';
export { TemplateLanguage, wordsFor } from './template.language.js';
export type { Context, Schema } from './template.schema.js';
export type { TemplateSource } from './template.source.js';
export { SECTIONS, TemplateError } from './template.types.js';
export type {
  Promises,
  RenderedMail,
  Section,
  Site,
  TemplateDescription,
  TemplateProblem,
} from './template.types.js';
