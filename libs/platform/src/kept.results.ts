import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { packageRoot } from './package.root.js';

/** Where they are by default: beside what was built, and a build leaves them there. */
const FOLDER = join(packageRoot, 'dist', 'kept');

/**
 * Results that take long to make, in files named by a hash of all that they are made from. So none is ever out of date, any
 * number of processes may use the folder at once, and whoever deletes it loses nothing but time.
 */
export class KeptResults<Result> {
  /** @param kind begins the names of the files */
  constructor(
    private readonly kind: string,
    private readonly folder = FOLDER,
  ) {}

  /** Undefined when it is not there, or not as it was written. */
  async find(key: string): Promise<Result | undefined> {
    try {
      const [hash, ...lines] = (await readFile(this.#path(key), 'utf8')).split('\n');
      const text = lines.join('\n');
      return hash === hashOf(text) ? (JSON.parse(text) as Result) : undefined;
    } catch {
      return undefined;
    }
  }

  /** Best effort: where the folder cannot be written, the next process makes the result again. */
  async keep(key: string, result: Result): Promise<void> {
    const path = this.#path(key);
    // Under its name it is whole from the first moment.
    const unfinished = `${path}.${randomUUID()}`;
    try {
      await mkdir(dirname(path), { recursive: true });
      const text = JSON.stringify(result);
      await writeFile(unfinished, `${hashOf(text)}\n${text}`);
      await rename(unfinished, path);
    } catch {
      await rm(unfinished, { force: true }).catch(() => undefined);
    }
  }

  #path(key: string): string {
    return join(this.folder, `${this.kind}-${key}.json`);
  }
}

/** The name of a result: a hash of what it is made from. */
export function keyOf(...madeFrom: unknown[]): string {
  return hashOf(JSON.stringify(madeFrom)).slice(0, 32);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
