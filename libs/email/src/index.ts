export { Mailer } from './mailer.js';
export type { MailerOptions, OutgoingMail } from './mailer.js';
export type { DeferredReason, HandOver } from './smtp.outcome.js';
export { TemplateCatalogue } from './template.catalogue.js';
export { TemplateError, type RenderedMail, type Site, type TemplateDescription } from './template.types.js';
