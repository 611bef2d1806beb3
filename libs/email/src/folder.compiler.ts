import type { CatalogueEntry } from './template.entry.js';
import { TemplateCompiler } from './template.compiler.js';
import { TemplateFiles } from './template.files.js';
import type { CompiledFolder } from './compiled.folder.js';
import { samplesIn } from './template.samples.js';
import { compileSource, type TemplateSource } from './template.source.js';
import type { Site, TemplateProblem } from './template.types.js';
import { verifySamples } from './template.verify.js';
import { markupProblems } from './template.wellformed.js';

/** Compiles and verifies every template × language × sample; what has a problem is left out. */
export async function compileFolder(
  texts: ReadonlyMap<string, string>,
  site: Site,
): Promise<{ folder: CompiledFolder; problems: TemplateProblem[] }> {
  const files = new TemplateFiles(texts);
  const frame = { mjml: files.text('frame.mjml') ?? '', text: files.text('frame.txt') ?? '' };
  // The slot stands where elements may stand, so it is taken out before the frame's own text is looked at.
  for (const problem of markupProblems(frame.mjml.replace('{{{content}}}', '')))
    files.say('frame.mjml', problem);

  const compilers = files.languages.map((language) => new TemplateCompiler(files, language, frame));
  const entries: CatalogueEntry[] = [];
  const sources: TemplateSource[] = [];
  for (const name of files.names) {
    const entry = files.entry(name);
    if (!entry) continue;
    entries.push(entry);
    for (const compiler of compilers) {
      const source = await compiler.compile(entry);
      if (!source || !compiler.texts) continue;
      sources.push(source);
      const samples = samplesIn(entry, compiler.texts);
      files.problems.push(...verifySamples(entry, compileSource(source), samples, site));
    }
  }
  const speech = compilers.flatMap(({ code, texts }) => (texts ? [[code, texts] as const] : []));
  return {
    folder: { languages: files.languages, entries, sources, texts: Object.fromEntries(speech) },
    problems: files.problems,
  };
}
