#!/usr/bin/env node
/** Leads to the operator's terminal, which a build makes. Runs as it stands, in a clone in which nothing was built. */
import { existsSync } from 'node:fs';

const terminal = new URL('../dist/apps/cli/src/main.js', import.meta.url);
if (existsSync(terminal)) await import(terminal.href);
else {
  console.error('The terminal is not built yet: run `npm run build`, then this again.');
  process.exitCode = 2;
}
