import type { CatalogueEntry } from './template.entry.js';
import type { Context } from './template.schema.js';
import type { TemplateSource } from './template.source.js';

/** What a language says around every mail. */
export interface LanguageTexts {
  /** The frame's texts, with expressions. */
  frame: Readonly<Record<string, string>>;
  /** Wordings that no mail may use, by the reason why. */
  avoid: Readonly<Record<string, readonly string[]>>;
  /** By sample, what its values are in this language. */
  samples: Readonly<Record<string, Context>>;
}

/** All that a templates folder comes to. Plain data, which goes into a file or to a thread as it is. */
export interface CompiledFolder {
  /** English first. */
  languages: string[];
  entries: CatalogueEntry[];
  /** Each template in each language. */
  sources: TemplateSource[];
  /** By language. */
  texts: Record<string, LanguageTexts>;
}
