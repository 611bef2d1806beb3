/**
 * Builds the service into `dist`, in five steps:
 *
 * 1. tsc compiles each source into a module of its own;
 * 2. what the sources hash to is written down, since what is built has none to look at;
 * 3. each program becomes a bundle in the place of its main module, so that it starts in a fraction of the time;
 * 4. the templates are compiled and proved, so that no start does it;
 * 5. the HTTP interface is described for /docs and for clients, so that no start does that either.
 *
 * `dist/kept` stays from one build to the next: what is in it is named by what it was made from.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { builtFrom, fingerprint } from './built-from.mjs';
import { bundle } from './bundle.mjs';
import { importSource } from './typescript-source.mjs';

const KEPT = 'dist/kept';
const KEPT_FOR = 14 * 24 * 3_600_000;

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
// Before anything: whoever changes a source meanwhile gets another build.
const print = fingerprint();
sweep();
compile();
await writeHashes();
await bundle();
chmodSync('dist/apps/cli/src/main.js', 0o755);
await compileTemplates();
describeInterface();
builtFrom(print);

/** Removes what an earlier build made, and what was kept too long ago to be still of use. */
function sweep() {
  for (const name of existsSync('dist') ? readdirSync('dist') : [])
    if (name !== 'kept') rmSync(`dist/${name}`, { recursive: true });
  for (const name of existsSync(KEPT) ? readdirSync(KEPT) : [])
    if (Date.now() - statSync(`${KEPT}/${name}`).mtimeMs > KEPT_FOR)
      rmSync(`${KEPT}/${name}`, { force: true });
}

function compile() {
  try {
    execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
      stdio: 'inherit',
    });
  } catch {
    // tsc has said what is wrong.
    process.exit(1);
  }
}

async function writeHashes() {
  const { compilerCode } = await importSource('libs/email/src/compiler.code.ts');
  const { checksCode } = await importSource('libs/mail-checks/src/checks.code.ts');
  write('libs/email/src/compiler.code.js', 'compilerCode', compilerCode());
  write('libs/mail-checks/src/checks.code.js', 'checksCode', checksCode());
}

function write(path, name, hash) {
  writeFileSync(`dist/${path}`, `export const ${name} = () => '${hash}';\n`);
}

async function compileTemplates() {
  const { TemplateCatalogue } = await import('../dist/libs/email/src/index.js');
  const site = { name: 'Site', url: 'https://site.example', helpUrl: 'https://site.example/help' };
  try {
    await TemplateCatalogue.load('templates', site);
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}

function describeInterface() {
  writeFileSync('dist/openapi.json', execFileSync(process.execPath, ['dist/apps/api/src/print.document.js']));
}
