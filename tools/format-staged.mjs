/**
 * Formats what is committed, as `npm run format` does. A file of which only a part is staged is left alone: the rest of it
 * would be committed with that part.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const PRETTIER = 'node_modules/prettier/bin/prettier.cjs';

const git = (...args) => execFileSync('git', args, { encoding: 'utf8' });
const names = (...args) =>
  git('diff', '--name-only', '--diff-filter=ACMR', '-z', ...args)
    .split('\0')
    .filter(Boolean);

const changedSince = new Set(names());
const files = names('--cached').filter((file) => !changedSince.has(file));
if (files.length > 0 && existsSync(PRETTIER)) {
  const prettier = ['--write', '--ignore-unknown', '--log-level', 'warn', '--', ...files];
  execFileSync(process.execPath, [PRETTIER, ...prettier], { stdio: 'inherit' });
  git('add', '--', ...files);
}
