import type { CatalogueEntry } from './template.entry.js';
import { renderMail } from './template.renderer.js';
import type { Context } from './template.schema.js';
import type { CompiledTemplate } from './template.source.js';
import type { Site, TemplateProblem } from './template.types.js';

/**
 * Renders samples in one language, whole and with what is optional left out, one member at a time and all at once: a
 * mail must not depend on what its schema calls optional.
 */
export function verifySamples(
  entry: CatalogueEntry,
  template: CompiledTemplate,
  samples: Record<string, Context>,
  site: Site,
): TemplateProblem[] {
  const problems = new Map<string, TemplateProblem>();
  const path = `${template.source.language}/${entry.name}`;
  for (const [sample, context] of Object.entries(samples)) {
    const unfit = template.context.problems(context);
    for (const problem of unfit) {
      const message = `sample "${sample}": ${problem}`;
      problems.set(message, { kind: 'sample', path: `catalogue/${entry.name}.json`, message });
    }
    if (unfit.length > 0) continue;
    for (const variant of variants(entry, context)) {
      const message = failureOf(template, site, variant);
      if (message) problems.set(message, { kind: 'variable', path, message });
    }
  }
  return [...problems.values()];
}

function failureOf(template: CompiledTemplate, site: Site, context: Context): string | undefined {
  try {
    const mail = renderMail(template, site, context);
    const empty = (['subject', 'preheader', 'text', 'html'] as const).filter((part) => !mail[part].trim());
    return empty.length > 0 ? `${empty.join(', ')} can come out empty; say something always` : undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function variants(entry: CatalogueEntry, context: Context): Context[] {
  const required = entry.schema.required ?? [];
  const optional = Object.keys(context).filter((name) => !required.includes(name));
  const without = (...names: string[]) =>
    Object.fromEntries(Object.entries(context).filter(([name]) => !names.includes(name)));
  return [context, ...optional.map((name) => without(name)), without(...optional)];
}
