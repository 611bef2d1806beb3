/**
 * Lets git in this clone run the hooks of tools/hooks. Runs after each `npm ci` and `npm i`; does nothing where there is no
 * clone (a tarball, an image), in CI, and where somebody has hooks of their own.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

const git = (...args) => execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

/** Where git finds hooks as long as nobody says otherwise: of those that it brings, none runs. */
const hasOwnHooks = () => {
  const folder = git('rev-parse', '--git-path', 'hooks').trim();
  return existsSync(folder) && readdirSync(folder).some((name) => !name.endsWith('.sample'));
};

if (!process.env.CI && existsSync('.git')) {
  try {
    if (git('config', '--default', '', '--get', 'core.hooksPath').trim() === '' && !hasOwnHooks())
      git('config', 'core.hooksPath', 'tools/hooks');
  } catch {
    // Without git nothing is committed.
  }
}
