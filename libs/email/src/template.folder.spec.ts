import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '#libs/platform/index.js';
import { changedTemplates, SITE } from '../../../test/support/templates.js';
import { TemplateCatalogue } from './template.catalogue.js';

const KEPT = join(packageRoot, 'dist/kept');
const versionsOf = ({ sources }: TemplateCatalogue) => sources.map(({ version }) => version);

it('a folder that is opened again comes to the same, byte for byte, without being compiled', async () => {
  const folder = await changedTemplates(
    { 'en/accepted.txt': (text) => text.replace('Subject: ', 'Subject: Kept: ') },
    'accepted',
  );
  const before = await readdir(KEPT).catch((): string[] => []);
  const first = await TemplateCatalogue.load(folder, SITE);
  const added = (await readdir(KEPT)).filter(
    (name) => !before.includes(name) && name.startsWith('templates-'),
  );
  const again = await TemplateCatalogue.load(folder, SITE);
  expect(again.folder).toEqual(first.folder);
  expect(versionsOf(again)).toEqual(versionsOf(first));
  const context = { taxYear: 2026, firstName: 'Ada' };
  expect(again.render('accepted', 'en', context)).toEqual(first.render('accepted', 'en', context));
  await Promise.all(added.map((name) => rm(join(KEPT, name))));
});

it('a folder with a problem says so each time', async () => {
  const folder = await changedTemplates({ 'es/accepted.txt': undefined }, 'accepted');
  const load = () => TemplateCatalogue.load(folder, SITE);
  await expect(load()).rejects.toThrow('es/accepted.txt: is missing');
  await expect(load()).rejects.toThrow('es/accepted.txt: is missing');
});
