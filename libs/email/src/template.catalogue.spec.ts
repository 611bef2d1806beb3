import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { changedTemplates, SITE, TEMPLATES } from '../../../test/support/templates.js';
import { TemplateCatalogue } from './template.catalogue.js';
import { TemplateError } from './template.types.js';

const SURVEY = 'https://survey.example.gov/s/not-finished';
const NAMES = [
  'accepted',
  'error-resolved',
  'non-completion-survey',
  'rejected',
  'reminder-resubmit',
  'reminder-state',
  'reminder-submit',
  'submission-error',
  'submitted',
];
const catalogue = await TemplateCatalogue.load(TEMPLATES, SITE);
const every = catalogue.templates.flatMap(({ name }) =>
  catalogue.languages.flatMap((language) =>
    Object.entries(catalogue.samples(name, language)).map(([sample, context]) => ({
      where: `${name} ${sample} ${language}`,
      sample,
      context,
      mail: catalogue.render(name, language, context),
    })),
  ),
);
const nameIn = (context: Record<string, unknown>) =>
  typeof context['firstName'] === 'string' ? context['firstName'] : '';
const unescape = (html: string) =>
  html.replace(/&#x([\dA-F]+);/gi, (_, hex: string) => String.fromCodePoint(parseInt(hex, 16)));

describe('the mails we send', () => {
  it('are nine, in English and Spanish, each with the samples that a preview needs', () => {
    expect(catalogue.templates.map(({ name }) => name)).toEqual(NAMES);
    expect(catalogue.languages).toEqual(['en', 'es']);
    for (const { name, samples } of catalogue.templates)
      expect([name, ...Object.keys(samples)]).toEqual(
        expect.arrayContaining([
          'typical',
          'shortest',
          'longest-name',
          'accents',
          'apostrophe',
          'hostile-name',
          'no-name',
          ...(name === 'non-completion-survey' ? [] : ['deadline-passed', 'no-dates']),
        ]),
      );
    expect(Object.keys(catalogue.describe('submission-error').samples)).toEqual(
      expect.arrayContaining(['pre', 'post']),
    );
    expect(Object.keys(catalogue.describe('rejected').samples)).toEqual(
      expect.arrayContaining(['no-codes', 'unknown-code', 'many-codes']),
    );
  });

  it.each(every)('say everything in each part: $where', ({ mail, context }) => {
    expect(mail.subject).toMatch(/^\S[^\n]{10,84}\S$/u);
    expect(mail.preheader).toMatch(/^[^\n]{20,100}$/u);
    expect(mail.text).toMatch(/\S\n$/);
    expect(mail.text.replace(nameIn(context), '')).not.toMatch(
      /\n\n\n|[ \t]\n|<\/|&\w+;|undefined|\[object|Invalid/,
    );
    expect(mail.text).toContain(SITE.url);
    expect(mail.html).toContain(`<h1`);
    expect(mail.html.match(/<h2/g)).toHaveLength(3);
    expect(mail.html).toMatch(new RegExp(`<html[^>]* lang="${mail.language}"[^>]* dir="ltr"`));
    expect(mail.html).not.toMatch(/undefined|\[object|Invalid/);
  });

  it.each(every)('lead nowhere but to the site, its help and the survey: $where', ({ mail }) => {
    // Namespaces and Outlook's marks are names, not addresses that anything opens.
    const html = unescape(mail.html).replace(/xmlns(:\w)?="[^"]*"/g, '');
    const addresses = [...`${html} ${mail.text}`.matchAll(/(?:https?:)?\/\/[\w.-]+[^\s"<)]*/g)].map(
      ([found]) => found,
    );
    expect(new Set([...addresses, SITE.url, SITE.helpUrl, SURVEY])).toEqual(
      new Set([SITE.url, SITE.helpUrl, SURVEY]),
    );
    expect(html).not.toMatch(/<img|<script|@import|@font-face|url\(|<link|<form/i);
  });

  it.each(every.filter(({ sample }) => sample === 'hostile-name'))(
    'keep a hostile name a name: $where',
    ({ mail, context }) => {
      const name = nameIn(context);
      expect(mail.text).toContain(name);
      expect(mail.html).not.toContain('<b>');
      expect(mail.html).toContain('&lt;b&gt;bold&lt;/b&gt; &amp; {{taxYear}}');
    },
  );

  it('never write down a year, a month, an amount or an address: those come with the context or the settings', async () => {
    const months =
      /\b(jan(uary|\.)|february|march|april|june|july|august|september|october|november|december|enero|febrero|marzo|abril|mayo|junio|julio|agosto|se(p)?tiembre|octubre|noviembre|diciembre)\b/i;
    const files = (await readdir(TEMPLATES, { recursive: true })).filter((file) =>
      /\.(mjml|txt)$|frame\.json$/.test(file),
    );
    expect(files).toHaveLength(2 + 2 * (2 * NAMES.length + 1));
    for (const file of files) {
      const source = (await readFile(join(TEMPLATES, file), 'utf8')).replace(/#[\da-f]{6}/g, '');
      expect(`${file}: ${/\b\d{4}\b|\$\d|https?:/.exec(source)?.[0]}`).toBe(`${file}: undefined`);
      expect(`${file}: ${months.exec(source)?.[0]}`).toBe(`${file}: undefined`);
    }
  });

  it('show days in the language of the mail, and read well without any', () => {
    const mail = (language: string, days: object) =>
      catalogue.render('reminder-resubmit', language, { taxYear: 2031, ...days }).text;
    expect(mail('en', { resubmitBy: '2032-05-01' })).toContain('submit your return again by May 1, 2032.');
    expect(mail('es', { resubmitBy: '2032-05-01' })).toContain('a más tardar el 1 de mayo de 2032.');
    expect(mail('en', {})).toContain('as soon as you can, before the deadline to resubmit.');
  });

  it('tell the two stages of a submission error apart and never claim that the authority has the return', () => {
    const mail = (stage: string) => catalogue.render('submission-error', 'en', { taxYear: 2031, stage });
    expect(mail('pre').text).toContain('Nothing was sent to the tax authority.');
    expect(mail('post').text).toContain('before it reached the tax authority');
    for (const stage of ['pre', 'post']) expect(mail(stage).text).toContain('Your return is not filed yet.');
    expect(mail('pre').subject).not.toBe(mail('post').subject);
  });

  it('put a known rejection code into plain words, an unknown one into those of the authority, and hide none', () => {
    const mail = (language: string, ...rejectionCodes: object[]) =>
      catalogue.render('rejected', language, { taxYear: 2031, rejectionCodes });
    const known = { code: 'IND-031-04', description: "'PrimaryPriorYearAGIAmt' must match" };
    const told = mail('en', known, { code: 'R-1', description: 'The <sum> is off' }, { code: 'R-2' });
    expect(told.text).toContain(
      '- IND-031-04: The income or PIN from last year that you entered for yourself',
    );
    expect(told.text).not.toContain('PrimaryPriorYearAGIAmt');
    expect(told.text).toContain('- R-1: the tax authority says “The <sum> is off”\n');
    expect(told.text).toContain('- R-2: the tax authority sent no words for this code.\n');
    expect(told.html).toContain('<strong>R-1</strong>: the tax authority says “The &lt;sum&gt; is off”');
    expect(mail('es', known).text).toContain('- IND-031-04: El ingreso o el PIN del año pasado');
    // A family of codes has one explanation; a code that only begins alike has none of it.
    expect(mail('en', { code: 'IND-031-99' }).text).toContain(
      '- IND-031-99: The income or PIN from last year',
    );
    expect(mail('en', { code: 'IND-0310' }).text).toContain('- IND-0310: the tax authority sent no words');
  });

  it('say of every code that has words where those come from, and have them in every language', async () => {
    const sources = await readFile(join(TEMPLATES, 'rejection-codes.md'), 'utf8');
    const sourced = [...sources.matchAll(/^\| `([^`]+)`/gm)].map(([, code]) => code);
    for (const language of catalogue.languages) {
      const file = join(TEMPLATES, language, 'words', 'rejection-codes.json');
      const words = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
      expect([language, Object.keys(words).toSorted()]).toEqual([language, sourced.toSorted()]);
    }
  });

  it('say where to look when there are no codes', () => {
    for (const rejectionCodes of [undefined, []]) {
      const none = catalogue.render('rejected', 'en', { taxYear: 2031, rejectionCodes });
      expect(none.text).toContain('To see why, sign in and open your return.');
      expect(none.html).not.toContain('<ul>');
    }
  });

  it('name the state in the language of the mail, and an unknown one by its postal code', () => {
    const mail = (language: string, state: string) =>
      catalogue.render('reminder-state', language, { taxYear: 2031, state }).text;
    expect(mail('en', 'KS')).toContain('a state return in Kansas (KS) too');
    expect(mail('en', 'NC')).toContain('in North Carolina (NC) too');
    expect(mail('es', 'NC')).toContain('en Carolina del Norte (NC)');
    expect(mail('en', 'GU')).toContain('in your state (GU) too');
  });

  it('show a sample with values that are natural in the language', () => {
    expect(catalogue.samples('accepted', 'en')['typical']).toMatchObject({ firstName: 'Maria' });
    expect(catalogue.samples('accepted', 'es')['typical']).toMatchObject({
      firstName: 'Lucía',
      taxYear: 2026,
    });
    expect(catalogue.samples('accepted', 'es')['shortest']).toEqual({ taxYear: 2026 });
    expect(catalogue.samples('accepted', 'fr')).toEqual(catalogue.samples('accepted', 'en'));
  });
});

describe('rendering', () => {
  it('gives the same bytes for the same input', () => {
    for (const { mail, context } of every)
      expect(catalogue.render(mail.template, mail.language, context)).toEqual(mail);
  });

  it('takes well under a millisecond and does not touch the disk', async () => {
    const folder = await changedTemplates({}, 'accepted');
    const copy = await TemplateCatalogue.load(folder, SITE);
    await rm(folder, { recursive: true });
    const context = { taxYear: 2031, firstName: 'Ana' };
    for (let i = 0; i < 500; i++) copy.render('accepted', 'es', context);
    // On the processor, not on the clock: others may be at work.
    const before = process.cpuUsage();
    for (let i = 0; i < 1000; i++) copy.render('accepted', 'es', context);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(500);
  });

  it('falls back to English and says so, and knows a language by its first part', () => {
    const language = (asked: string) => catalogue.render('accepted', asked, { taxYear: 2031 }).language;
    expect(['fr', '', 'es-MX', 'ES', 'es_US', 'en-GB'].map(language)).toEqual([
      'en',
      'en',
      'es',
      'es',
      'es',
      'en',
    ]);
  });

  it('ignores undeclared members, also nested ones, and takes null for absent', () => {
    const context = { taxYear: 2031, rejectionCodes: [{ code: 'R-1' }] };
    const more = {
      ...context,
      firstName: null,
      site: { url: 'x' },
      rejectionCodes: [{ code: 'R-1', more: 1 }],
    };
    expect(catalogue.render('rejected', 'en', more)).toEqual(catalogue.render('rejected', 'en', context));
    expect(catalogue.problems('rejected', more)).toEqual([
      '"site" is not declared',
      '"rejectionCodes.0.more" is not declared',
    ]);
  });

  it('keeps strings on one line and in their direction', () => {
    const mail = catalogue.render('accepted', 'en', { taxYear: 2031, firstName: ' Ana\r\nBcc: x\u202e ' });
    expect(mail.text).toContain('Hello Ana Bcc: x,\n');
  });

  it('refuses missing and wrong members by name and never shows a value', () => {
    const context = { firstName: 'Secret', fileBy: 'Secret', taxYear: 'Secret', extra: 'Secret' };
    const problems = catalogue.problems('submission-error', context);
    expect(problems.sort()).toEqual([
      '"extra" is not declared',
      '"fileBy" must match format "date"',
      '"stage" is missing',
      '"taxYear" must be integer',
    ]);
    const render = () => catalogue.render('submission-error', 'es', context);
    expect(render).toThrow(TemplateError);
    expect(render).toThrow(
      /^template submission-error \(es\): (?=.*"stage" is missing)(?!.*Secret)(?!.*extra)/,
    );
    expect(catalogue.problems('submission-error', { taxYear: 2031, stage: 'Secret' })).toEqual([
      '"stage" must be one of ["pre","post"]',
    ]);
  });

  it('refuses a survey address that is no web address', () => {
    const survey = (surveyUrl: string) =>
      catalogue.problems('non-completion-survey', { taxYear: 2031, surveyUrl });
    expect(survey('javascript:alert(1)')).not.toEqual([]);
    expect(survey(SURVEY)).toEqual([]);
  });

  it('refuses a template that it does not know', () => {
    expect(catalogue.has('accepted')).toBe(true);
    expect(catalogue.has('toString')).toBe(false);
    expect(() => catalogue.render('nope', 'en', {})).toThrow(TemplateError);
    expect(() => catalogue.describe('nope')).toThrow('there is no template "nope"');
    expect(() => catalogue.problems('nope', {})).toThrow(TemplateError);
  });
});

describe('the version', () => {
  it('changes with what a mail is made from, for that mail and language only', async () => {
    const versions = (from: TemplateCatalogue) =>
      Object.fromEntries(
        from.sources.map(({ version, source }) => [`${source.template} ${source.language}`, version]),
      );
    const before = versions(catalogue);
    expect(before['accepted en']).toMatch(/^[\da-f]{16}$/);
    expect(before['accepted en']).toBe(catalogue.render('accepted', 'en', { taxYear: 2031 }).version);
    const differing = async (path: string, change: (text: string) => string) => {
      const after = versions(await TemplateCatalogue.load(await changedTemplates({ [path]: change }), SITE));
      return Object.keys(after).filter((key) => after[key] !== before[key]);
    };
    expect(await differing('en/accepted.txt', (text) => `${text}!`)).toEqual(['accepted en']);
    expect(await differing('es/accepted.mjml', (text) => text.replace('<p>', '<p>¡'))).toEqual([
      'accepted es',
    ]);
    expect(await differing('catalogue/accepted.json', (text) => text.replace('"Maria"', '"Ana"'))).toEqual(
      [],
    );
    expect(await differing('catalogue/accepted.json', (text) => text.replace('2999', '2998'))).toEqual([
      'accepted en',
      'accepted es',
    ]);
    expect(await differing('es/words/states.json', (text) => text.replace('Pensilvania', 'PA'))).toEqual([
      'reminder-state es',
    ]);
    expect(await differing('es/frame.json', (text) => text.replace('Hola', 'Buenas'))).toEqual(
      NAMES.map((name) => `${name} es`),
    );
    expect(await differing('frame.txt', (text) => `${text}!`)).toHaveLength(2 * NAMES.length);
  });
});
