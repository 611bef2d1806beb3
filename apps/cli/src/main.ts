#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startQuickly } from './quick.start.js';
import { receipt } from './receipt.js';

startQuickly();
process.exitCode = await receipt(process.argv.slice(2), release());

/** Of the package that was built: four folders up from where the build puts this file. */
function release(): string {
  const manifest = readFileSync(join(import.meta.dirname, '../../../../package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
