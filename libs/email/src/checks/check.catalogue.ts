import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TemplateCatalogue } from '../template.catalogue.js';
import type { TemplateProblem } from '../template.types.js';
import { checkMail, inOrder } from './check.mail.js';
import type { Finding } from './finding.js';

/** What is to say about one sample of one template in one language. */
export interface MailReport {
  template: string;
  language: string;
  sample: string;
  findings: Finding[];
}

export interface CatalogueReport {
  /** What is wrong with the files: such a template has no mails below. */
  files: Finding[];
  mails: MailReport[];
  /** No errors. */
  ok: boolean;
}

export interface CatalogueCheckOptions {
  /** What {@link TemplateCatalogue.inspect} said about the files. */
  problems?: readonly TemplateProblem[];
  /** Hosts that a link may lead to, beside those that {@link checkMail} knows. */
  linkHosts?: readonly string[];
}

const CHECK_OF = {
  file: 'rendering',
  variable: 'variables',
  translation: 'translation',
  sample: 'variables',
} as const;

/** Looks at every sample of every template in every language. */
export async function checkCatalogue(
  catalogue: TemplateCatalogue,
  { problems = [], linkHosts = [] }: CatalogueCheckOptions = {},
): Promise<CatalogueReport> {
  const files = problems.map(({ kind, path, message }): Finding => ({
    check: CHECK_OF[kind],
    level: 'error',
    message: `${message}.`,
    where: path,
  }));
  const mails: MailReport[] = [];
  for (const { source } of catalogue.sources)
    for (const [sample, context] of Object.entries(catalogue.samples(source.template, source.language))) {
      const { template, language } = source;
      const findings = await checkMail({ catalogue, template, language, context, linkHosts });
      mails.push({ template, language, sample, findings });
      // Seconds of work in all: a server that does it goes on answering.
      await nextTurn();
    }
  const all = [...files, ...mails.flatMap(({ findings }) => findings)];
  return { files: inOrder(files), mails, ok: all.every(({ level }) => level !== 'error') };
}
