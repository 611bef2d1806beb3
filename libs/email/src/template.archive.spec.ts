import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PrismaService, readSettings } from '#libs/platform/index.js';
import { freshDatabase, type FreshDatabase } from '../../../test/support/database.js';
import { changedTemplates, SITE, TEMPLATES } from '../../../test/support/templates.js';
import { TemplateArchive } from './template.archive.js';
import { TemplateCatalogue } from './template.catalogue.js';
import { TemplateError } from './template.types.js';

let database: FreshDatabase;
let prisma: PrismaService;
beforeAll(async () => {
  database = await freshDatabase('template archive');
  prisma = new PrismaService(
    readSettings({
      DATABASE_URL: database.url,
      API_KEY: 'a-key-that-only-tests-hold',
      ENCRYPTION_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
      SMTP_URL: 'smtp://127.0.0.1:1025',
    }),
  );
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

/** What a start of a process does. */
async function started(folder: string): Promise<{ catalogue: TemplateCatalogue; archive: TemplateArchive }> {
  const catalogue = await TemplateCatalogue.load(folder, SITE);
  const archive = new TemplateArchive(prisma, catalogue);
  await archive.keep();
  return { catalogue, archive };
}

describe('a mail that was sent', () => {
  it('can be shown byte for byte after its template, its frame and its words were changed', async () => {
    const context = { taxYear: 2031, firstName: `Zoë O'Neil`, state: 'KS', stateFileBy: '2032-04-15' };
    const before = await started(TEMPLATES);
    const sent = before.catalogue.render('reminder-state', 'es', context);

    const folder = await changedTemplates({
      'es/reminder-state.txt': (text) => `${text}\nAdiós.`,
      'es/reminder-state.mjml': (text) => text.replace('<p>', '<p>¡Hola! '),
      'frame.mjml': (text) => text.replace('border-radius="8px"', 'border-radius="4px"'),
      'es/words/states.json': (text) => text.replace('Kansas', 'Cansas'),
      'es/frame.json': (text) => text.replace('Hola', 'Buenas'),
    });
    const after = await started(folder);
    const now = after.catalogue.render('reminder-state', 'es', context);
    expect(now.html).not.toBe(sent.html);
    expect(now.text).toContain('en Cansas (KS)');
    expect(await after.archive.render(sent.version, context)).toEqual(sent);
    expect(await after.archive.render(now.version, context)).toEqual(now);

    const versions = await after.archive.versions('reminder-state', 'es');
    expect(versions.map(({ version }) => version)).toEqual([now.version, sent.version]);
  });

  it('is shown with the site that it was sent with', async () => {
    const { catalogue, archive } = await started(TEMPLATES);
    const { version } = catalogue.render('accepted', 'en', { taxYear: 2031 });
    const site = { ...SITE, name: 'Another Site' };
    expect((await archive.render(version, { taxYear: 2031 }, site)).text).toContain(
      'open Another Site by hand',
    );
  });
});

describe('the archive', () => {
  it('keeps each version once, however many processes start', async () => {
    const starts = await Promise.all([started(TEMPLATES), started(TEMPLATES), started(TEMPLATES)]);
    const versions = starts[0].catalogue.sources.map(({ version }) => version);
    expect(new Set(versions).size).toBe(9 * 2);
    expect(await prisma.templateVersion.count({ where: { version: { in: versions } } })).toBe(9 * 2);
  });

  it('has every version that a mail may name, samples or not', async () => {
    const { catalogue, archive } = await started(TEMPLATES);
    for (const { name } of catalogue.templates)
      for (const language of catalogue.languages)
        for (const context of Object.values(catalogue.samples(name, language))) {
          const mail = catalogue.render(name, language, context);
          expect(await archive.render(mail.version, context)).toEqual(mail);
        }
  });

  it('refuses what it never kept, and what is no longer what was kept', async () => {
    const { catalogue } = await started(TEMPLATES);
    const { version } = catalogue.render('submitted', 'en', { taxYear: 2031 });
    await prisma.$executeRaw`
      UPDATE template_versions SET source = jsonb_set(source, '{text}', '"Pay here"') WHERE version = ${version}`;
    const fresh = new TemplateArchive(prisma, catalogue);
    await expect(fresh.render(version, { taxYear: 2031 })).rejects.toThrow('was changed after it was kept');
    await expect(fresh.render('0123456789abcdef', { taxYear: 2031 })).rejects.toThrow(TemplateError);
    expect(await fresh.schema('0123456789abcdef')).toBeUndefined();
  });

  it('knows the schema that the contexts of a version were held to', async () => {
    const { catalogue, archive } = await started(TEMPLATES);
    const { version } = catalogue.render('accepted', 'en', { taxYear: 2031 });
    expect(await archive.schema(version)).toEqual(catalogue.describe('accepted').schema);
  });
});
