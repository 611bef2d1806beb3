import type { CatalogueReport } from './check.report.js';
import { CHECK_NAMES, type CheckName, type Finding } from './finding.js';

/** The worst that a check found: `none` where there was no mail to look at. */
export type Verdict = 'ok' | 'warning' | 'error' | 'none';

/** One template in one language over all its samples. */
export interface CheckRow {
  template: string;
  language: string;
  verdicts: Record<CheckName, Verdict>;
}

type Reported = Pick<CatalogueReport, 'files' | 'mails'>;

/** All checks of a catalogue as one table, worst first in each cell. */
export function checkTable(report: Reported): CheckRow[] {
  const languages = new Set(report.mails.map(({ language }) => language));
  const fromFiles = report.files.flatMap(({ where = '' }) =>
    [...languages].map((language) => ({
      template: templateOf(where),
      language: languageOf(where) ?? language,
    })),
  );
  const rows = new Map(
    [...report.mails, ...fromFiles]
      .filter(({ template }) => template !== '')
      .map(({ template, language }) => [`${template} ${language}`, { template, language }]),
  );
  return [...rows.values()]
    .sort((a, b) => a.template.localeCompare(b.template) || a.language.localeCompare(b.language))
    .map((row) => ({ ...row, verdicts: verdictsOf(report, row) }));
}

function verdictsOf(report: Reported, row: { template: string; language: string }): CheckRow['verdicts'] {
  const mails = report.mails.filter(
    (mail) => mail.template === row.template && mail.language === row.language,
  );
  const files = report.files.filter(({ where = '' }) => concerns(where, row));
  const findings = [...files, ...mails.flatMap((mail) => mail.findings)];
  return Object.fromEntries(
    CHECK_NAMES.map((check) => [
      check,
      verdict(
        findings.filter((one) => one.check === check),
        mails.length > 0,
      ),
    ]),
  ) as CheckRow['verdicts'];
}

function verdict(findings: Finding[], isLookedAt: boolean): Verdict {
  const levels = findings.map(({ level }) => level);
  if (levels.includes('error')) return 'error';
  if (!isLookedAt) return 'none';
  return levels.includes('warning') ? 'warning' : 'ok';
}

/** The frame, and what a language says around every mail, concern all of its templates. */
function concerns(where: string, { template, language }: { template: string; language: string }): boolean {
  return ['', template].includes(templateOf(where)) && [undefined, language].includes(languageOf(where));
}

function templateOf(where: string): string {
  const [, name = ''] = /^[\w-]+\/([\w-]+)(\.\w+)?$/.exec(where) ?? [];
  return ['frame', 'avoid', 'samples'].includes(name) ? '' : name;
}

function languageOf(where: string): string | undefined {
  const [, folder] = /^([\w-]+)\//.exec(where) ?? [];
  return folder === 'catalogue' ? undefined : folder;
}
