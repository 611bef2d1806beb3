import { oneLine, tidy } from './template.parts.js';
import type { Context } from './template.schema.js';
import type { CompiledTemplate } from './template.source.js';
import { TemplateError, type RenderedMail, type Site } from './template.types.js';

/**
 * A context becomes a mail. Pure: no clock, no disk, no network. Preview, send, tests and the check at start all call this.
 * @throws TemplateError when members are missing or wrong
 */
export function renderMail(compiled: CompiledTemplate, site: Site, given: Context): RenderedMail {
  const { source, version } = compiled;
  const { template, language } = source;
  const { context, problems } = compiled.context.fit(given);
  if (problems.length > 0) throw failure(template, language, problems.join('; '));
  try {
    const root = { ...context, site, language };
    const subject = oneLine(compiled.subject(root));
    const preheader = oneLine(compiled.preheader(root));
    const html = compiled.html({ ...root, subject, preheader });
    const text = tidy(compiled.text(root));
    return { template, language, version, subject, preheader, html, text };
  } catch (error) {
    throw failure(template, language, withoutValues(error));
  }
}

function failure(name: string, language: string, what: string): TemplateError {
  return new TemplateError(`template ${name} (${language}): ${what}`);
}

/** Handlebars puts the object it looked into behind the member's name; that may be a value. */
function withoutValues(error: unknown): string {
  const [, member] = /^"(\w+)" not defined in/.exec((error as Error).message) ?? [];
  return member ? `uses "${member}", which is absent; put it inside {{#if ${member}}}` : 'cannot be rendered';
}
