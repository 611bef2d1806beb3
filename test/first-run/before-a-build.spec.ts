import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { runFolder } from '../support/run-folder.js';
import { receiptProcess } from '../support/terminal.js';

/** A clone in which nothing was built. */
let clone: string;
beforeEach(() => {
  clone = mkdtempSync(join(runFolder(), 'clone-'));
  for (const folder of ['bin', 'tools']) cpSync(folder, join(clone, folder), { recursive: true });
});

function run(script: string): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [join(clone, script)], (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, said: stdout + stderr }),
    );
  });
}

describe('the terminal', () => {
  it('says before a build what to do', async () => {
    writeFileSync(join(clone, 'package.json'), '{ "type": "module" }');
    expect(await run('bin/receipt.js')).toEqual({
      code: 2,
      said: 'The terminal is not built yet: run `npm run build`, then this again.\n',
    });
  });

  it('says which release it is', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await receiptProcess(['--version'], {})).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('a command that needs a build', () => {
  beforeEach(() => {
    for (const folder of ['apps', 'bench', 'libs', 'prisma', 'templates', 'test', 'dist'])
      mkdirSync(join(clone, folder));
    for (const file of ['package-lock.json', 'prisma.config.ts', 'tsconfig.json', 'tsconfig.build.json'])
      writeFileSync(join(clone, file), '{}');
    buildBy(`node -e "import('./tools/built-from.mjs').then((m) => m.builtFrom(m.fingerprint()))"`);
  });

  const buildBy = (build: string) =>
    writeFileSync(join(clone, 'package.json'), JSON.stringify({ type: 'module', scripts: { build } }));

  const BUILDS = /^Building, .+ done in \d+ s\.\n$/;

  it('makes one, says so, and makes none while the sources are the same', async () => {
    expect(await run('tools/fresh-build.mjs')).toEqual({
      code: 0,
      said: expect.stringMatching(BUILDS) as string,
    });
    expect(await run('tools/fresh-build.mjs')).toEqual({ code: 0, said: '' });
  });

  it('makes another after a change, a new file, and the loss of what was built', async () => {
    await run('tools/fresh-build.mjs');
    const changes = [
      () => writeFileSync(join(clone, 'tsconfig.json'), '{ }'),
      () => writeFileSync(join(clone, 'templates', 'new.mjml'), ''),
      () => {
        rmSync(join(clone, 'dist'), { recursive: true });
        mkdirSync(join(clone, 'dist'));
      },
    ];
    for (const change of changes) {
      change();
      expect((await run('tools/fresh-build.mjs')).said).toMatch(BUILDS);
    }
  });

  it('ends with what the build says where it fails, and tries again the next time', async () => {
    buildBy('echo this cannot be compiled && exit 3');
    for (let time = 0; time < 2; time += 1) {
      const { code, said } = await run('tools/fresh-build.mjs');
      expect(code).toBe(3);
      expect(said).toContain('this cannot be compiled');
    }
  });
});
