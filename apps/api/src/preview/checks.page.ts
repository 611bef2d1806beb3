import { CHECK_NAMES, CHECKS, checkTable } from '#libs/mail-checks/index.js';
import type { CheckProgress, CheckRow, Finding, MailReport, Verdict } from '#libs/mail-checks/index.js';
import { counted } from '#libs/notifications/index.js';
import type { Page } from '../pages/frame.js';
import { html } from '../pages/html.js';
import type { Html } from '../pages/html.js';
import { distinct } from './checked.mails.js';
import { findingList } from './findings.part.js';
import { progressNote } from './progress.part.js';
import { languageName } from './language.name.js';
import { addressOf, pathOf } from './preview.query.js';

/** All checks of all mails in one table, then each finding that wants mending, in words. */
export function checksPage(progress: CheckProgress): Page {
  const { mails } = progress;
  const rows = checkTable({ files: [], mails });
  return {
    title: 'Checks',
    section: '/preview/checks',
    wide: true,
    main: html`<div class="head">
        <div>
          <h1>Checks</h1>
          <p class="soft">
            Every mail in every language with every sample: ${counted(progress.of, 'mail')},
            ${CHECK_NAMES.length} checks each, all of them on this machine.
          </p>
          ${progressNote(progress)}
        </div>
        ${mails.length > 0 && sums(mails.flatMap(({ findings }) => findings))}
      </div>
      ${table(rows, mails)} ${rows.map((row) => details(row, mails))}`,
  };
}

function sums(findings: readonly Finding[]): Html {
  const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length;
  const [errors, warnings] = [count('error'), count('warning')];
  return html`<div class="row">
    <span class="badge ${errors > 0 ? 'bad' : 'good'}">${errors} errors</span>
    <span class="badge ${warnings > 0 ? 'warn' : 'good'}">${warnings} warnings</span>
  </div>`;
}

function table(rows: readonly CheckRow[], mails: readonly MailReport[]): Html {
  const titles = CHECK_NAMES.map((name) => html`<th scope="col"><span>${CHECKS[name]}</span></th>`);
  const lines = rows.map((row) => {
    const { template, language, verdicts } = row;
    return html`<tr>
      <th scope="row">
        <a href="${mailAddress(row, mails)}">${template}</a>
        <span class="soft small">${languageName(language)}</span>
      </th>
      ${CHECK_NAMES.map((name) => html`<td>${sign(verdicts[name], idOf(row))}</td>`)}
    </tr>`;
  });
  return html`<div class="table" tabindex="0" role="region" aria-label="All checks">
    <table class="matrix">
      <thead>
        <tr>
          <th scope="col">Mail</th>
          ${titles}
        </tr>
      </thead>
      <tbody>
        ${lines}
      </tbody>
    </table>
  </div>`;
}

/** A sign and a word for it, since colour alone tells not everybody. */
function sign(verdict: Verdict, id: string): Html {
  switch (verdict) {
    case 'ok':
      return html`<span class="sign good" role="img" aria-label="passes">✓</span>`;
    case 'none':
      return html`<span class="sign plain" role="img" aria-label="not looked at">–</span>`;
    case 'warning':
      return html`<a class="sign warn" href="#${id}" aria-label="warning, see below">!</a>`;
    case 'error':
      return html`<a class="sign bad" href="#${id}" aria-label="error, see below">✕</a>`;
  }
}

/** What wants mending, in words. */
function details(row: CheckRow, mails: readonly MailReport[]): Html | undefined {
  const { template, language } = row;
  const own = mails.filter((mail) => mail.template === template && mail.language === language);
  const findings = distinct(own).filter(({ level }) => level !== 'note');
  if (findings.length === 0) return undefined;
  const id = idOf(row);
  return html`<section class="panel" id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title"><a href="${mailAddress(row, mails)}">${template}</a>, ${languageName(language)}</h2>
    ${findingList(findings)}
  </section>`;
}

function mailAddress({ template, language }: CheckRow, mails: readonly MailReport[]): string {
  const first = mails.find((mail) => mail.template === template && mail.language === language);
  return first ? addressOf(pathOf(template, first.sample), { lang: language }) : '/preview';
}

function idOf({ template, language }: CheckRow): string {
  return `${template}-${language}`;
}
