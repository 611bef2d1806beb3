import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './package.root.js';

/** Changes with the sources of a folder and with the versions of the packages that they rest on. */
export function codeHash(folder: string, packages: readonly string[]): string {
  const hash = createHash('sha256');
  const sources = readdirSync(folder).filter((file) => /\.ts$/.test(file) && !/\.spec\.ts$/.test(file));
  for (const file of sources.sort()) hash.update(file).update(readFileSync(join(folder, file)));
  for (const name of packages) {
    const { version } = JSON.parse(
      readFileSync(join(packageRoot, 'node_modules', name, 'package.json'), 'utf8'),
    ) as { version: string };
    hash.update(`${name}@${version} `);
  }
  return hash.digest('hex');
}
