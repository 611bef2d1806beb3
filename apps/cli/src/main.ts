#!/usr/bin/env node
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { endFor } from './ending.js';
import { startQuickly } from './quick.start.js';
import type { CommandFile } from './terminal.js';

startQuickly();

/**
 * The operator's terminal. Each `<name>.command.ts` beside this file is one command: it exports `register` and loads
 * what it works with only when it runs, so that help comes at once. A new command is a new file.
 */
const receipt = new Command('receipt')
  .description("The operator's terminal of Return Receipt.")
  .version(release(), '-V, --version', 'which release this is')
  .exitOverride()
  // An option belongs to the command that it follows, so that two that are nested may both have it.
  .enablePositionalOptions()
  .showHelpAfterError('(add --help for what it takes)')
  .addHelpText(
    'after',
    `
It works on the database that DATABASE_URL names; without one, on the local stack that runs from ./data (npm start).
Whatever asks for a reason takes --dry-run, which needs none: it changes nothing, says what would be done, and ends
with 1 where it would be refused.
Exit codes: 0 done, 1 not done, 2 called or set up wrongly.`,
  );

const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.command.js'));
for (const file of files.sort()) {
  const { register } = (await import(`./${file}`)) as CommandFile;
  register(receipt);
}

try {
  await receipt.parseAsync();
} catch (error) {
  process.exitCode = await endFor(error);
}

/** Of the package that was built: four folders up from where the build puts this file. */
function release(): string {
  const manifest = readFileSync(join(import.meta.dirname, '../../../../package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
