import { readFileSync } from 'node:fs';
import mjml2html from 'mjml';
import { TemplateCatalogue } from '#libs/email/index.js';
import type { Report } from './figure.js';
import { benchSite } from './site.js';

const RENDERINGS = 50_000;
const COMPILATIONS = 50;

/** What one mail costs when its template was compiled at start, beside compiling MJML for each mail. */
export async function rendering(report: Report): Promise<void> {
  const catalogue = await TemplateCatalogue.load('templates', benchSite);
  const samples = catalogue.templates.flatMap(({ name, samples: ofOne }) =>
    Object.values(ofOne).map((context) => ({ name, context })),
  );
  const ours = await microseconds(RENDERINGS, (index) => {
    const { name, context } = samples[index % samples.length] ?? { name: 'accepted', context: {} };
    catalogue.render(name, index % 2 ? 'en' : 'es', context);
  });
  const source = readFileSync('templates/frame.mjml', 'utf8').replace(
    '{{{content}}}',
    readFileSync('templates/en/rejected.mjml', 'utf8').replaceAll(/\{\{[#/][^}]*\}\}|\{\{else\}\}/g, ''),
  );
  const theirs = await microseconds(COMPILATIONS, () => mjml2html(source, { fonts: {} }));
  report.add({ name: 'rendering a mail', value: ours, unit: 'µs' });
  report.add({
    name: 'rendering a mail by MJML each time',
    value: theirs,
    unit: 'µs',
    against: 'ours',
    ratio: theirs / ours,
  });
}

/** Of one run, after a tenth of them to warm up. */
async function microseconds(runs: number, work: (index: number) => unknown): Promise<number> {
  for (let index = 0; index < runs / 10; index += 1) await work(index);
  const since = performance.now();
  for (let index = 0; index < runs; index += 1) await work(index);
  return ((performance.now() - since) * 1000) / runs;
}
