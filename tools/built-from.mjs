/** Which sources `dist` was made of: written down by the build, and asked before the next one. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '..');
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
/** It reads neither. */
const UNREAD = /\.spec\.ts$|\.md$/;

/** Every file that the build reads, by a path from the root, in the same order everywhere. */
function* sources() {
  // Whoever builds an image brings only some.
  const isHere = (path) => existsSync(join(root, path));
  yield* FILES.filter(isHere);
  for (const folder of SOURCES.filter(isHere)) {
    const found = readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name));
    for (const path of found.sort())
      if (!path.startsWith(GENERATED) && !UNREAD.test(path) && statSync(join(root, path)).isFile())
        yield path;
  }
}

/** One word for the content of all sources. */
export function fingerprint() {
  const hash = createHash('sha256');
  for (const path of sources())
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0');
  return hash.digest('hex');
}

export function isBuiltFrom(print) {
  try {
    return readFileSync(STAMP, 'utf8') === print;
  } catch {
    return false;
  }
}

export function builtFrom(print) {
  writeFileSync(STAMP, print);
}
