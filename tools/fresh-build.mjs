/**
 * Builds, unless what stands in dist was made of the same sources: for commands that should just run.
 *
 *   node tools/fresh-build.mjs
 *
 * It says what it does on standard error, and shows the words of the build only where that fails.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const STAMP = join(root, 'dist', '.built-from');
const SOURCES = ['apps', 'bench', 'libs', 'prisma', 'templates', 'test', 'tools'];
const FILES = [
  'package.json',
  'package-lock.json',
  'prisma.config.ts',
  'tsconfig.json',
  'tsconfig.build.json',
];
/** The build makes it. */
const GENERATED = join('libs', 'platform', 'src', 'generated');

/** Every file that the build reads, by a path from the root, in the same order everywhere. */
function* sources() {
  yield* FILES;
  for (const folder of SOURCES) {
    const found = readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name));
    for (const path of found.sort())
      if (!path.startsWith(GENERATED) && statSync(join(root, path)).isFile()) yield path;
  }
}

/** One word for the content of all sources. */
function fingerprint() {
  const hash = createHash('sha256');
  for (const path of sources())
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0');
  return hash.digest('hex');
}

function isBuiltFrom(print) {
  try {
    return readFileSync(STAMP, 'utf8') === print;
  } catch {
    return false;
  }
}

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

const print = fingerprint();
if (!isBuiltFrom(print)) {
  const began = Date.now();
  process.stderr.write('Building, which takes some seconds and is done again only after a change …');
  const code = await build();
  if (code === 0) writeFileSync(STAMP, print);
  process.stderr.write(
    code === 0 ? ` done in ${Math.round((Date.now() - began) / 1000)} s.\n` : ' failed.\n',
  );
  process.exitCode = code;
}
