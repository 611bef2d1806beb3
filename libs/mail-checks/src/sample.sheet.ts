import type { Context, TemplateCatalogue } from '#libs/email/index.js';
import { KeptResults, keyOf } from '#libs/platform/index.js';
import type { Finding } from './finding.js';
import { checksCode } from './checks.code.js';

/** One template in one language: its samples, and the name under which what the checks say about them is kept. */
export interface SampleSheet {
  template: string;
  language: string;
  samples: Record<string, Context>;
  key: string;
}

/** Findings by sample. */
export type CheckedSheet = Record<string, Finding[]>;

/** Read by every process and by `npm run templates:check`, so that no mail is looked at twice while nothing of it changed. */
export const keptSheets = new KeptResults<CheckedSheet>('checks');

/**
 * All samples there are to check. The key changes with whatever a check looks at: the mail, the values, the texts around it, the site,
 * and the checks themselves with the packages that they ask.
 */
export function sheetsOf(catalogue: TemplateCatalogue, linkHosts: readonly string[] = []): SampleSheet[] {
  const code = checksCode();
  return catalogue.sources.map(({ version, source: { template, language } }) => {
    const samples = catalogue.samples(template, language);
    const { promises, schema } = catalogue.describe(template);
    const { frame, avoid } = catalogue.texts(language) ?? {};
    const key = keyOf(code, version, samples, promises, schema, frame, avoid, catalogue.site, linkHosts);
    return { template, language, samples, key };
  });
}
