import type { CatalogueReport } from './check.report.js';
import { checkTable, type Verdict } from './check.table.js';
import { CHECKS, CHECK_NAMES, type Finding } from './finding.js';

const SIGNS: Record<Verdict, string> = { ok: 'ok', warning: 'LOOK', error: 'FAIL', none: '-' };
const SHORT = 6;

/** A report for a terminal: the table of template × language × check, then a sentence for each thing to do. */
export function printReport(report: CatalogueReport, withNotes: boolean): string {
  const rows = checkTable(report);
  const width = Math.max(...rows.map(({ template }) => template.length), 8) + 5;
  const line = (name: string, cells: string[]) =>
    name.padEnd(width) +
    cells
      .map((cell) => cell.padEnd(SHORT + 1))
      .join('')
      .trimEnd();
  const table = [
    line(
      '',
      CHECK_NAMES.map((check) => check.slice(0, SHORT)),
    ),
    ...rows.map(({ template, language, verdicts }) =>
      line(
        `${template} ${language}`,
        CHECK_NAMES.map((check) => SIGNS[verdicts[check]]),
      ),
    ),
  ];
  const levels = withNotes ? ['error', 'warning', 'note'] : ['error', 'warning'];
  const said = sentences(report).filter(({ finding }) => levels.includes(finding.level));
  const told = said.map(({ finding, mails }) => sentence(finding, mails));
  return [...table, '', ...told, ...(told.length > 0 ? [''] : []), summary(report)].join('\n');
}

interface Said {
  finding: Finding;
  /** Where it was found, as template/language/sample. */
  mails: string[];
}

/** Each thing to say once, with the mails that it is about. */
function sentences({ files, mails }: CatalogueReport): Said[] {
  const said = new Map<string, Said>();
  const all = [
    ...files.map((finding) => ({ finding, mail: '' })),
    ...mails.flatMap(({ template, language, sample, findings }) =>
      findings.map((finding) => ({ finding, mail: `${template}/${language}/${sample}` })),
    ),
  ];
  for (const { finding, mail } of all) {
    const key = `${finding.check} ${finding.message}`;
    const known = said.get(key);
    if (known) known.mails.push(mail);
    else said.set(key, { finding, mails: mail ? [mail] : [] });
  }
  return [...said.values()];
}

function sentence({ check, level, message, where }: Finding, mails: string[]): string {
  const sign = { error: 'FAIL', warning: 'LOOK', note: 'note' }[level];
  const [first, ...others] = mails;
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  const place = [first && `${first}${more}`, where].filter(Boolean).join('; ');
  return `${sign} ${CHECKS[check]}: ${message}${place && ` [${place}]`}`;
}

function summary({ files, mails }: CatalogueReport): string {
  const all = [...files, ...mails.flatMap(({ findings }) => findings)];
  const count = (level: Finding['level']) => all.filter((finding) => finding.level === level).length;
  return `${counted(mails.length, 'mail')} looked at: ${counted(count('error'), 'error')}, ${counted(count('warning'), 'warning')}`;
}

function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}
