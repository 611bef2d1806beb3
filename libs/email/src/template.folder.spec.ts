import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '#libs/platform/index.js';
import { changedTemplates, SITE } from '../../../test/support/templates.js';
import { TemplateCatalogue } from './template.catalogue.js';

const KEPT = join(packageRoot, 'dist/kept');
/** The one that was kept of a folder in which this word stands: other files of tests keep theirs in the same place. */
async function keptWith(word: string): Promise<string> {
  const paths = (await readdir(KEPT)).filter((name) => /^templates-\w+\.json$/.test(name));
  const texts = await Promise.all(
    paths.map(async (name) => ({ path: join(KEPT, name), text: await readFile(join(KEPT, name), 'utf8') })),
  );
  const found = texts.filter(({ text }) => text.includes(word));
  expect(found).toHaveLength(1);
  return found[0]?.path ?? '';
}

const versionsOf = ({ sources }: TemplateCatalogue) => sources.map(({ version }) => version);

it('a folder that is opened again comes to the same, byte for byte, without being compiled', async () => {
  const word = `Kept ${randomUUID()}`;
  const folder = await changedTemplates(
    { 'en/accepted.txt': (text) => text.replace('Subject: ', `Subject: ${word}: `) },
    'accepted',
  );
  const first = await TemplateCatalogue.load(folder, SITE);
  const kept = await keptWith(word);
  const { ino } = await stat(kept);
  const again = await TemplateCatalogue.load(folder, SITE);
  expect(again.folder).toEqual(first.folder);
  expect(versionsOf(again)).toEqual(versionsOf(first));
  const context = { taxYear: 2026, firstName: 'Ada' };
  expect(again.render('accepted', 'en', context)).toEqual(first.render('accepted', 'en', context));
  // Whoever compiles it keeps it anew, in another file of the same name.
  expect((await stat(kept)).ino).toBe(ino);
  await rm(kept);
});

it('a folder with a problem says so each time', async () => {
  const folder = await changedTemplates({ 'es/accepted.txt': undefined }, 'accepted');
  const load = () => TemplateCatalogue.load(folder, SITE);
  await expect(load()).rejects.toThrow('es/accepted.txt: is missing');
  await expect(load()).rejects.toThrow('es/accepted.txt: is missing');
});
