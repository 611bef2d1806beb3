export { checkCatalogue } from './checks/check.catalogue.js';
export type { CatalogueCheckOptions, CatalogueReport, MailReport } from './checks/check.catalogue.js';
export { checkMail } from './checks/check.mail.js';
export { checkTable } from './checks/check.table.js';
export type { CheckRow, Verdict } from './checks/check.table.js';
export type { MailInput } from './checks/check.mail.js';
export { CHECKS, CHECK_NAMES } from './checks/finding.js';
export type { CheckName, Finding } from './checks/finding.js';
export { Mailer } from './mailer.js';
export type { MailerOptions } from './mailer.js';
export { toBytes } from './message.js';
export type { OutgoingMail } from './message.js';
export type { DeferredReason, HandOver } from './smtp.outcome.js';
export { TemplateArchive } from './template.archive.js';
export type { KeptVersion } from './template.archive.js';
export { TemplateCatalogue } from './template.catalogue.js';
export { wordsFor } from './template.language.js';
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
