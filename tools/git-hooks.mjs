/**
 * Lets git in this clone run the hooks of tools/hooks. Runs after each `npm ci` and `npm i`; does nothing where there is no
 * clone (a tarball, an image), in CI, and where somebody has hooks of their own.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const git = (...args) => execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

if (!process.env.CI && existsSync('.git')) {
  try {
    if (git('config', '--default', '', '--get', 'core.hooksPath').trim() === '')
      git('config', 'core.hooksPath', 'tools/hooks');
  } catch {
    // Without git nothing is committed.
  }
}
