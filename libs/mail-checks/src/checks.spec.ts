import { describe, expect, it } from 'vitest';
import { changedTemplates, SITE, TEMPLATES, type Changes } from '../../../test/support/templates.js';
import { TemplateCatalogue } from '#libs/email/index.js';
import { checkCatalogue } from './check.catalogue.js';
import { checkMail } from './check.mail.js';
import { printReport } from './check.print.js';
import type { CatalogueReport } from './check.report.js';
import { checkTable } from './check.table.js';
import { CHECK_NAMES, type CheckName } from './finding.js';

async function reportOn(folder: string): Promise<CatalogueReport> {
  const { catalogue, problems } = await TemplateCatalogue.inspect(folder, SITE);
  return checkCatalogue(catalogue, { problems });
}

function errorsIn({
  files,
  mails,
}: CatalogueReport): { check: CheckName; message: string; where?: string }[] {
  return [...files, ...mails.flatMap(({ findings }) => findings)].filter(({ level }) => level === 'error');
}

/** A row for each check of each template in each language. */
const everyCell = (report: CatalogueReport) =>
  checkTable(report).flatMap(({ template, language, verdicts }) =>
    CHECK_NAMES.map((check) => `${template} ${language} ${check}: ${verdicts[check]}`),
  );

const names = (await TemplateCatalogue.load(TEMPLATES, SITE)).templates.map(({ name }) => name);
describe('the mails we send', () => {
  // Of a site whose name needs care; the one that the settings assume is looked at by `npm run templates:check`.
  it.each(names)(
    'have nothing that a check finds fault with, in any language, with any sample: %s',
    async (name) => {
      const report = await reportOn(await changedTemplates({}, name));
      expect(errorsIn(report)).toEqual([]);
      expect(report.ok).toBe(true);
      for (const wanted of ['en', 'es'])
        expect(report.mails.filter(({ language }) => language === wanted).length).toBeGreaterThanOrEqual(7);
      expect(everyCell(report).filter((cell) => !cell.endsWith(': ok'))).toEqual([]);
      expect(everyCell(report)).toHaveLength(2 * CHECK_NAMES.length);
    },
  );

  it('are nine', () => {
    expect(names).toHaveLength(9);
  });
});

/** What stands in front of a word that the HTML and the text of a mail share. */
const into = (tag: string, what: string) => (text: string) => text.replace(tag, `${tag}${what}`);
const IN_MAIL = 'en/accepted.mjml';
const everywhere = (change: (text: string) => string): Changes => ({
  'en/accepted.mjml': change,
  'en/accepted.txt': change,
});
/** Each fault shows in one mail as in nine. */
const oneSample: Changes = {
  'catalogue/accepted.json': (text) => {
    const entry = JSON.parse(text) as { samples: Record<string, object> };
    return JSON.stringify({ ...entry, samples: { typical: entry.samples['typical'] } });
  },
};
const FILLER = `${'A paragraph that nobody reads to its end. '.repeat(25)}`;

describe('a template is refused', () => {
  it.each<[string, Changes, CheckName, RegExp]>([
    [
      'that uses a variable nobody declares',
      { [IN_MAIL]: (text) => text.replace('{{taxYear}}', '{{taxYaer}}') },
      'variables',
      /^"taxYaer" is not declared in the schema; declare it or remove it\.$/,
    ],
    [
      'that forgets a variable',
      { 'en/accepted.txt': (text) => text.replace(/\{\{#if fileBy\}.*?\/if\}\}/, 'soon') },
      'variables',
      /^"fileBy" is declared but never used\.$/,
    ],
    ['that is not translated', { 'es/accepted.txt': undefined }, 'translation', /^is missing; write it\.$/],
    [
      'whose section is missing in one part',
      { 'en/accepted.txt': (text) => text.replace('{{frame.youDo}}', 'Well') },
      'promises',
      /^The text does not say “What we do”, “What you can do”, “By when”, in this order: add/,
    ],
    [
      'that keeps a date to itself',
      everywhere((text) => text.replace(/\{\{#if fileBy\}\}.*?\{\{\/if\}\}/, '{{#if fileBy}}then{{/if}}')),
      'promises',
      /^The (HTML|text) does not show \{\{fileBy\}\} where it promises: “When tax must be paid\.” Put it there\.$/,
    ],
    [
      'that takes long sentences and long words to say it',
      {
        'en/accepted.txt': into(
          'It is filed.',
          ' Notwithstanding the aforementioned determination, subsequent examinations necessitating additional documentation remain conceivable under applicable administrative regulations.'.repeat(
            6,
          ),
        ),
      },
      'reading',
      /^Reads at grade \d+(\.\d)? by Flesch–Kincaid, at most 8: make sentences shorter and words plainer\.$/,
    ],
    [
      'that sounds like a fraud',
      everywhere((text) => text.replace('Good news:', 'Urgent, click here:')),
      'wording',
      /^“click here” is what people are warned of in fraudulent mails: say it in another way\.$/,
    ],
    [
      'that blames',
      everywhere((text) => text.replace('Good news:', 'You forgot a line, but')),
      'wording',
      /^“you forgot” puts the blame on the reader: say it in another way\.$/,
    ],
    [
      'with a number that the HTML alone has',
      { [IN_MAIL]: into('<p>', 'You get $1,250. ') },
      'parity',
      /^The number 1,250 stands in the HTML only: say it in the text too\.$/,
    ],
    [
      'with a day that the text alone has',
      { 'en/accepted.txt': into('Good news:', ' since June') },
      'parity',
      /^The month June stands in the text only: say it in the HTML too\.$/,
    ],
    [
      'with a link to elsewhere',
      everywhere((text) =>
        text.replaceAll('It is filed.', 'It is filed: https://irs-refund.example.com/now.'),
      ),
      'links',
      /^A link leads to irs-refund\.example\.com, which is not on the list \(file\.example\.gov\): remove it or/,
    ],
    [
      'with a link that shows another address',
      { [IN_MAIL]: into('<p>', '<a href="{{site.helpUrl}}">https://file.example.gov/refund</a> ') },
      'links',
      /^A link shows https:\/\/file\.example\.gov\/refund and leads elsewhere: show where it leads\.$/,
    ],
    [
      'that leads to sign in and does not say how to get there by hand',
      { 'frame.txt': (text) => text.replace('{{frame.byHand}}', 'See') },
      'links',
      /^The text leads to the site and does not say how to get there by hand: show \{\{frame\.byHand\}\}/,
    ],
    [
      'with a picture from elsewhere',
      { [IN_MAIL]: into('<mj-column>', '<mj-image src="https://cdn.example.com/seal.png" alt="Seal" />') },
      'remote',
      /^The mail fetches something from elsewhere, which many clients block and which tells that it was read: remove/,
    ],
    [
      'with a font from elsewhere',
      { 'frame.mjml': into('<mj-style>', '@import url(https://fonts.example.com/a.css);') },
      'remote',
      /^The mail fetches something from elsewhere/,
    ],
    [
      'with a picture that has no words',
      { [IN_MAIL]: into('<p>', '<img src="cid:seal" />') },
      'alt',
      /^A picture has no alternative text: say in alt what it shows/,
    ],
    [
      'that a screen reader stumbles over',
      { [IN_MAIL]: into('<p>', '<span role="button" aria-foo="1"></span>') },
      'accessibility',
      /\(axe: aria-[\w-]+\)\.$/,
    ],
    [
      'with grey words on white',
      { 'frame.mjml': (text) => text.replace('color="#1f2937"', 'color="#9ca3af"') },
      'contrast',
      /^In light mode #9ca3af on #ffffff has a contrast of 2\.5 and needs 4\.5: take colours further apart\.$/,
    ],
    [
      'whose words stay dark in dark mode',
      { 'frame.mjml': (text) => text.replace('.card div { color: #f3f4f6 !important; }', '') },
      'contrast',
      /^In dark mode #1f2937 on #1f2937 has a contrast of 1\.0 and needs/,
    ],
    [
      'that has no dark mode',
      { 'frame.mjml': (text) => text.replace(/@media \(prefers-color-scheme[\s\S]*?\n {6}\}/, '') },
      'contrast',
      /^The mail has no colours for dark mode: style it under @media \(prefers-color-scheme: dark\)\.$/,
    ],
    [
      'that uses what mail clients do not know',
      { [IN_MAIL]: into('<p>', '<span style="display: grid">x</span>') },
      'clients',
      /^display:grid does not work in \d+ of 14 clients: use something that does, or add to clients\.check\.ts/,
    ],
    [
      'that Gmail would cut off',
      { [IN_MAIL]: into('<h2>{{frame.weDo}}</h2>', `<p>${FILLER}</p>`.repeat(100)) },
      'size',
      /^The HTML has 1\d\d\.\d KB and Gmail cuts it off at 102 KB: show fewer items or shorten the texts\.$/,
    ],
  ])('%s', async (_what, changes, check, message) => {
    const report = await reportOn(await changedTemplates({ ...oneSample, ...changes }, 'accepted'));
    expect(report.ok).toBe(false);
    const found = errorsIn(report).filter((finding) => finding.check === check);
    expect(found.map((finding) => finding.message)).toContainEqual(expect.stringMatching(message));
    expect(everyCell(report)).toContainEqual(
      expect.stringMatching(new RegExp(`^accepted e[ns] ${check}: error$`)),
    );
  });

  it('for its own fault only: the others stay green', async () => {
    const folder = await changedTemplates({ 'es/accepted.txt': undefined }, 'accepted');
    const report = await reportOn(folder);
    expect(
      everyCell(report).filter((cell) => cell.startsWith('accepted en') && !cell.endsWith('ok')),
    ).toEqual([]);
    expect(everyCell(report)).toContain('accepted es translation: error');
    expect(everyCell(report)).toContain('accepted es size: none');
  });
});

describe('a single mail', () => {
  it('is looked at with any values, and values are not taken for the words of the template', async () => {
    const catalogue = await TemplateCatalogue.load(TEMPLATES, SITE);
    const context = {
      taxYear: 2031,
      firstName: 'Urgent Immediately <img src=x> 1,250',
    };
    const findings = await checkMail({ catalogue, template: 'accepted', language: 'en', context });
    expect(findings.filter(({ level }) => level !== 'note')).toEqual([]);
    expect(findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['reading', 'contrast', 'size']),
    );
  });

  it('tells of an address in a name, which clients make a link', async () => {
    const catalogue = await TemplateCatalogue.load(TEMPLATES, SITE);
    const context = { taxYear: 2031, firstName: 'Ana, see https://x.example.com/now' };
    const findings = await checkMail({ catalogue, template: 'accepted', language: 'en', context });
    expect(findings).toContainEqual(expect.objectContaining({ check: 'links', level: 'error' }));
  });

  it('that cannot be rendered says why, without the values', async () => {
    const catalogue = await TemplateCatalogue.load(TEMPLATES, SITE);
    const context = { taxYear: 'Secret' };
    const [finding] = await checkMail({ catalogue, template: 'accepted', language: 'es', context });
    expect(finding).toMatchObject({ check: 'rendering', level: 'error' });
    expect(finding?.message).toBe('template accepted (es): "taxYear" must be integer.');
  });

  it('in a language without texts says that it falls back', async () => {
    const catalogue = await TemplateCatalogue.load(TEMPLATES, SITE);
    const input = { catalogue, template: 'accepted', language: 'fr', context: { taxYear: 2031 } };
    expect((await checkMail(input))[0]).toMatchObject({ check: 'translation', level: 'warning' });
  });
});

it('a report prints a table and then each thing to do once, with how many mails it is about', async () => {
  const changes: Changes = { 'en/accepted.mjml': into('<p>', 'You get $1,250. ') };
  const printed = printReport(await reportOn(await changedTemplates(changes, 'accepted')), false).split('\n');
  expect(printed[1]).toMatch(/^accepted en +ok +ok .* FAIL +ok/);
  expect(printed[2]).toMatch(/^accepted es( +ok){15}$/);
  const told = printed.filter((line) => line.includes('1,250'));
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(
    /^FAIL Text says what HTML says: The number 1,250 .* \[accepted\/en\/typical and 8 more\]$/,
  );
  expect(printed.at(-1)).toBe('18 mails looked at: 9 errors, 0 warnings');
});
