import type { CompiledTemplate } from './template.compiler.js';
import type { CatalogueEntry } from './template.files.js';
import { renderMail } from './template.renderer.js';
import type { Context } from './template.schema.js';
import type { Site } from './template.types.js';

/**
 * Renders every sample in every language, whole and with what is optional left out, one member at a time and all at
 * once: a mail must not depend on what its schema calls optional.
 */
export function verifySamples(entry: CatalogueEntry, compiled: CompiledTemplate[], site: Site): string[] {
  const problems = new Set<string>();
  for (const [sample, context] of Object.entries(entry.samples)) {
    const where = `catalogue/${entry.name}.json: sample "${sample}"`;
    const unfit = entry.context.problems(context);
    for (const problem of unfit) problems.add(`${where}: ${problem}`);
    if (unfit.length > 0) continue;
    for (const template of compiled)
      for (const variant of variants(entry, context)) {
        const failure = failureOf(entry, template, site, variant);
        if (failure) problems.add(failure);
      }
  }
  return [...problems];
}

function failureOf(
  entry: CatalogueEntry,
  template: CompiledTemplate,
  site: Site,
  context: Context,
): string | undefined {
  try {
    const mail = renderMail(entry, template, site, context);
    const empty = (['subject', 'preheader', 'text', 'html'] as const).filter((part) => !mail[part].trim());
    return empty.length > 0
      ? `template ${entry.name} (${template.language}): ${empty.join(', ')} can come out empty; say something always`
      : undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function variants(entry: CatalogueEntry, context: Context): Context[] {
  const required = entry.context.schema.required ?? [];
  const optional = Object.keys(context).filter((name) => !required.includes(name));
  const without = (...names: string[]) =>
    Object.fromEntries(Object.entries(context).filter(([name]) => !names.includes(name)));
  return [context, ...optional.map((name) => without(name)), without(...optional)];
}
