import { cp } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { describe, expect, it } from 'vitest';
import { changedTemplates, SITE, TEMPLATES, type Changes } from '../../../test/support/templates.js';
import { TemplateCatalogue } from './template.catalogue.js';
import { TemplateError } from './template.types.js';

const names = (await TemplateCatalogue.load(TEMPLATES, SITE)).templates.map(({ name }) => name);

/** What `load` says about a changed copy of the templates. */
async function complaint(files: Changes, only?: string): Promise<string> {
  return TemplateCatalogue.load(await changedTemplates(files, only), SITE).then(
    () => 'nothing',
    (error: unknown) => {
      expect(error).toBeInstanceOf(TemplateError);
      return (error as TemplateError).message;
    },
  );
}

describe('loading', () => {
  it('tells all problems at once, each with its file and what to do', async () => {
    const message = await complaint({
      'es/accepted.txt': undefined,
      'en/orphan.txt': 'Subject: a\nPreheader: b\n\nc',
      'en/rejected.mjml': (text) => text.replace('</mj-text>', ''),
      'en/submitted.mjml': (text) => text.replace('{{taxYear}}', '{{taxYaer}}'),
      'en/reminder-submit.txt': (text) => text.replace(/^Subject: .*\n/, ''),
      'catalogue/reminder-state.json': (text) => text.replace('"AZ"', '"Arizona"'),
      'es/words/states.json': (text) => text.replace('"KS"', '"KA"'),
    });
    expect(message.split('\n')).toEqual([
      'The templates have 7 problems:',
      '- en/orphan.txt: no catalogue/orphan.json; add it or remove this file',
      '- es/accepted.txt: is missing; write it',
      '- en/rejected.mjml: line 3: <mj-text> is not closed; add </mj-text>',
      expect.stringMatching(
        /^- catalogue\/reminder-state\.json: sample "typical": "state" must match pattern/,
      ),
      '- es/words/states.json: has no words for KS; translate them',
      '- en/reminder-submit.txt: no "Subject:" line at the start; add one',
      '- en/submitted.mjml: "taxYaer" is not declared in the schema; declare it or remove it',
    ]);
  });

  it.each<[string, string, (text: string) => string, string]>([
    [
      'an optional member outside of #if',
      'es/accepted.txt',
      (t) => `${t}{{fileBy}}`,
      'absent; put it inside {{#if fileBy}}',
    ],
    [
      'a variable in a branch that no sample takes',
      'en/accepted.txt',
      (t) => `${t}{{#unless taxYear}}{{x}}{{/unless}}`,
      '"x" is not declared',
    ],
    [
      'an unescaped variable',
      'en/accepted.mjml',
      (t) => t.replace('{{taxYear}}', '{{{taxYear}}}'),
      'three braces',
    ],
    [
      'a list shown as text',
      'en/rejected.txt',
      (t) => `${t}{{rejectionCodes}}`,
      '"rejectionCodes" is a list',
    ],
    ['a helper that does not exist', 'en/accepted.txt', (t) => `${t}{{shout taxYear}}`, 'calls "shout"'],
    ['a partial', 'en/accepted.txt', (t) => `${t}{{> footer}}`, 'is a partial'],
    ['a date helper on something else', 'en/accepted.txt', (t) => `${t}{{date taxYear}}`, 'is not a day'],
    [
      'a comparison that can never hold',
      'en/submission-error.txt',
      (t) => t.replace('"pre"', '"prae"'),
      'does not allow',
    ],
    ['broken Handlebars', 'en/accepted.txt', (t) => `${t}{{#if fileBy}}`, 'is not Handlebars'],
    [
      'a member that one translation forgets',
      'es/accepted.txt',
      (t) => t.replace(/\{\{#if fileBy.*?\/if\}\}/, 'pronto'),
      'es/accepted.txt: "fileBy" is declared but never used',
    ],
    [
      'text that MJML would lose',
      'en/accepted.mjml',
      (t) => t.replace('<mj-text>', 'lost <mj-text>'),
      'text straight inside <mj-column> would be lost',
    ],
    [
      'an element that MJML does not know',
      'en/accepted.mjml',
      (t) => t.replace(/mj-text/g, 'mj-txet'),
      'mj-txet',
    ],
    [
      'an attribute that MJML does not know',
      'en/accepted.mjml',
      (t) => t.replace('<mj-text', '<mj-text colour="red"'),
      'colour',
    ],
    [
      'a bare ampersand',
      'en/accepted.mjml',
      (t) => t.replace('<p>', '<p>this & that '),
      '"&" must be written &amp;',
    ],
    [
      'an attribute without quotes',
      'en/accepted.mjml',
      (t) => t.replace('<p>', '<p class=x>'),
      '"<" begins no complete tag',
    ],
    [
      'a closing tag too many',
      'en/accepted.mjml',
      (t) => t.replace('</p>', '</p></p>'),
      '</p> closes nothing',
    ],
    [
      'a frame tag that is not closed',
      'frame.mjml',
      (t) => t.replace('</mj-wrapper>', ''),
      'frame.mjml: line',
    ],
    ['a frame without language', 'frame.mjml', (t) => t.replace(' lang="{{language}}"', ''), 'no lang'],
    [
      'a frame without slot',
      'frame.txt',
      (t) => t.replace('{{{content}}}', ''),
      'slot {{{content}}} exactly once',
    ],
    [
      'a frame text that a language lacks',
      'es/frame.json',
      (t) => t.replace('"help"', '"halp"'),
      '"help" is missing in frame.json',
    ],
    [
      'an unknown head line',
      'en/accepted.txt',
      (t) => `From: x\n${t}`,
      'one line each of Subject and Preheader',
    ],
    ['an empty text part', 'en/accepted.txt', (t) => t.split('\n\n')[0] ?? '', 'the text part is empty'],
    [
      'a subject that can come out empty',
      'en/accepted.txt',
      (t) => t.replace(/^Subject: .*/, 'Subject: {{#if fileBy}}x{{/if}}'),
      'subject can come out empty',
    ],
    [
      'a word list that the entry does not name',
      'en/accepted.txt',
      (t) => `${t}{{words "states" taxYear}}`,
      'the word list "states", which the catalogue entry does not name',
    ],
    [
      'a promise to show what nobody declares',
      'catalogue/accepted.json',
      (t) => t.replace('"shows": ["fileBy"]', '"shows": ["payBy"]'),
      'promises to show "payBy", which the context does not declare',
    ],
    ['a catalogue entry that is not JSON', 'catalogue/accepted.json', () => '{', 'is not JSON'],
    [
      'a member without description',
      'catalogue/accepted.json',
      (t) => t.replace(/"description": "The year.*"/, '"title": "x"'),
      '"context.properties.taxYear.description" is missing',
    ],
    [
      'a schema open to anything',
      'catalogue/accepted.json',
      (t) => t.replace('"additionalProperties": false', '"additionalProperties": true'),
      '"context.additionalProperties" must be equal to constant',
    ],
    [
      'a schema that is none',
      'catalogue/accepted.json',
      (t) => t.replace('"type": "integer"', '"type": "year"'),
      'is not a JSON Schema',
    ],
    [
      'a member that takes the name of one of ours',
      'catalogue/accepted.json',
      (t) => t.replace('"firstName": {', '"site": {'),
      '"context.properties" ',
    ],
  ])('refuses %s', async (_what, path, change, expected) => {
    const { name } = parse(path);
    const only = names.includes(name) ? name : 'accepted';
    expect(await complaint({ [path]: change }, only)).toContain(expected);
  });

  it('refuses a folder that is not there', async () => {
    await expect(TemplateCatalogue.load(join(TEMPLATES, 'nowhere'), SITE)).rejects.toThrow(TemplateError);
  });

  it('takes a further language as one more folder, without code', async () => {
    const folder = await changedTemplates({}, 'accepted');
    await cp(join(folder, 'es'), join(folder, 'fr'), { recursive: true });
    await cp(join(folder, 'es'), join(folder, 'pt-br'), { recursive: true });
    const more = await TemplateCatalogue.load(folder, SITE);
    expect(more.languages).toEqual(['en', 'es', 'fr', 'pt-br']);
    expect(more.render('accepted', 'fr', { taxYear: 2031, fileBy: '2032-04-15' }).text).toContain(
      '15 avril 2032',
    );
    expect(more.render('accepted', 'pt-BR', { taxYear: 2031 }).html).toContain('lang="pt-br"');
  });

  it('lets a subject carry a name as it is, and escapes it in the html only', async () => {
    const folder = await changedTemplates(
      {
        'en/accepted.txt': (text) =>
          text.replace('Subject: ', 'Subject: {{#if firstName}}{{firstName}}: {{/if}}'),
      },
      'accepted',
    );
    const own = await TemplateCatalogue.load(folder, SITE);
    const mail = own.render('accepted', 'en', { taxYear: 2031, firstName: `O'Neil <b>"x"\n` });
    expect(mail.subject).toBe(`O'Neil <b>"x": Accepted: your 2031 federal tax return`);
    expect(mail.html).toContain('O&#x27;Neil &lt;b&gt;&quot;x&quot;: Accepted');
  });
});
