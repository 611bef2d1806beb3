/**
 * Looks at every mail of the templates folder, in every language and with every sample, and fails when one has a fault.
 *
 *   node tools/templates-check.mjs [FOLDER] [--json] [--notes]
 *
 * The site and its help are those of the settings (SITE_NAME, SITE_URL, HELP_URL). Exit 1 on errors; `--json` prints the
 * report as one object, `--notes` also prints figures such as reading grades and sizes. Local: no network.
 */
import { parseArgs } from 'node:util';
import { importSource } from './typescript-source.mjs';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, notes: { type: 'boolean', default: false } },
});
const { declaration } = await importSource('libs/platform/src/settings.ts');
const { checkCatalogue } = await importSource('libs/mail-checks/src/check.catalogue.ts');
const { printReport } = await importSource('libs/mail-checks/src/check.print.ts');
const { TemplateCatalogue } = await importSource('libs/email/src/template.catalogue.ts');

const setting = (name) => declaration.shape[name].parse(process.env[name]);
const folder = positionals[0] ?? setting('TEMPLATES_DIR');
const site = { name: setting('SITE_NAME'), url: setting('SITE_URL'), helpUrl: setting('HELP_URL') };

const { catalogue, problems } = await TemplateCatalogue.inspect(folder, site);
const report = await checkCatalogue(catalogue, { problems });
console.log(values.json ? JSON.stringify(report) : printReport(report, values.notes));
process.exitCode = report.ok ? 0 : 1;
