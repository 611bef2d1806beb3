import type { CatalogueEntry } from './template.entry.js';
import type { LanguageTexts } from './compiled.folder.js';
import type { Context } from './template.schema.js';

/** The samples of a template as a language shows them: it gives their members other values, and adds none. */
export function samplesIn({ samples }: CatalogueEntry, texts: LanguageTexts): Record<string, Context> {
  return Object.fromEntries(
    Object.entries(samples).map(([sample, context]) => {
      const own = Object.entries(texts.samples[sample] ?? {}).filter(([name]) =>
        Object.hasOwn(context, name),
      );
      return [sample, { ...context, ...Object.fromEntries(own) }];
    }),
  );
}
