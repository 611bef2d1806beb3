/**
 * Builds, unless what stands in dist was made of the same sources: for commands that should just run.
 *
 *   node tools/fresh-build.mjs
 *
 * It says what it does on standard error, and shows the words of the build only where that fails.
 */
import { spawn } from 'node:child_process';
import { fingerprint, isBuiltFrom, root } from './built-from.mjs';

/** @returns the exit code of the build */
function build() {
  return new Promise((done) => {
    const child = spawn('npm', ['run', '--silent', 'build'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    const said = [];
    child.stdout.on('data', (words) => said.push(words));
    child.stderr.on('data', (words) => said.push(words));
    child.once('error', (error) => said.push(String(error)));
    child.once('close', (code) => {
      if (code !== 0) process.stderr.write(said.join(''));
      done(code ?? 1);
    });
  });
}

if (!isBuiltFrom(fingerprint())) {
  const began = Date.now();
  process.stderr.write('Building, which takes some seconds and is done again only after a change …');
  const code = await build();
  process.stderr.write(
    code === 0 ? ` done in ${Math.round((Date.now() - began) / 1000)} s.\n` : ' failed.\n',
  );
  process.exitCode = code;
}
