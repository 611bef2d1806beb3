import type { TemplateCatalogue, TemplateProblem } from '#libs/email/index.js';
import { checkMail } from './check.mail.js';
import { inOrder } from './check.report.js';
import type { CatalogueReport, MailReport } from './check.report.js';
import type { Finding } from './finding.js';
import { keptSheets, sheetsOf } from './sample.sheet.js';
import type { CheckedSheet, SampleSheet } from './sample.sheet.js';

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

/**
 * Looks at every sample of every template in every language, unless what is to say about them is kept. Seconds of work on the
 * thread of whoever calls: a process that serves asks {@link CheckDesk} instead.
 */
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
  for (const sheet of sheetsOf(catalogue, linkHosts)) {
    const { template, language, key } = sheet;
    const kept = await keptSheets.find(key);
    const checked = kept ?? (await checkSheet(catalogue, sheet, linkHosts));
    if (!kept) await keptSheets.keep(key, checked);
    for (const [sample, findings] of Object.entries(checked))
      mails.push({ template, language, sample, findings });
  }
  const all = [...files, ...mails.flatMap(({ findings }) => findings)];
  return { files: inOrder(files), mails, ok: all.every(({ level }) => level !== 'error') };
}

async function checkSheet(
  catalogue: TemplateCatalogue,
  { template, language, samples }: SampleSheet,
  linkHosts: readonly string[],
): Promise<CheckedSheet> {
  const checked: CheckedSheet = {};
  for (const [sample, context] of Object.entries(samples))
    checked[sample] = await checkMail({ catalogue, template, language, context, linkHosts });
  return checked;
}
