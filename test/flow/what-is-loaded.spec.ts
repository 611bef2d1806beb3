import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { TemplateCatalogue } from '#libs/email/index.js';
import { eventually } from '../support/eventually.js';
import { runFolder } from '../support/run-folder.js';
import { Stack } from '../support/stack.js';
import { changedTemplates, SITE } from '../support/templates.js';

/** What checks mails and compiles templates: seconds to load, and of no use to whoever sends a mail or asks for one. */
const HEAVY = ['mjml', 'mjml-core', 'jsdom', 'axe-core', 'caniemail', 'cheerio', 'postcss'];

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('loaded', { worker: false });
});

const heavyAmong = (paths: string[]) =>
  HEAVY.filter((name) => paths.some((path) => path.includes(`node_modules/${name}/`)));

function listed(name: string) {
  const file = join(runFolder(), `${name}.loaded`);
  return { file, heavy: () => heavyAmong(readFileSync(file, 'utf8').split('\n')) };
}

const FLAGS = ['--import', './dist/test/support/list-loaded.js'];

it('a worker that starts and ends has compiled no template and loaded no check', async () => {
  const { file, heavy } = listed('worker');
  const worker = await stack.startWorker({ settings: { LOADED: file }, flags: FLAGS }).ready();
  expect(await worker.terminate()).toMatchObject({ code: 0 });
  expect(readFileSync(file, 'utf8')).toContain('dist/apps/worker/src/main.js');
  expect(heavy()).toEqual([]);
});

it('nor has a command of the terminal, which brings its own and no more', async () => {
  const { file, heavy } = listed('terminal');
  const env = { PATH: process.env.PATH, ...stack.environment, LOADED: file };
  const args = [...FLAGS, 'dist/apps/cli/src/main.js', 'status', '--json'];
  await promisify(execFile)(process.execPath, args, { env });
  const loaded = readFileSync(file, 'utf8');
  expect(loaded).toContain('dist/apps/cli/src/status.command.js');
  expect(loaded).not.toContain('/node_modules/@nestjs/');
  expect(loaded).not.toContain('/node_modules/express/');
  expect(heavy()).toEqual([]);
});

it('an API checks mails, all of them, and its own thread loads no check', async () => {
  const { file, heavy } = listed('api');
  const folder = await changedTemplates({}, 'accepted');
  // As the build does with those of a release.
  await TemplateCatalogue.load(folder, SITE);
  const api = stack.startApi({
    LOADED: file,
    NODE_OPTIONS: FLAGS.join(' '),
    TEMPLATES_DIR: folder,
    PREVIEW_OPEN: 'loopback',
    // Nothing is kept of a site that nobody had before.
    SITE_NAME: `Site ${randomUUID()}`,
  });
  await api.ready();
  await eventually(
    async () => (await (await fetch(`${api.url}/preview`)).text()).includes('All checks pass'),
    { because: 'checked mails' },
  );
  expect(await api.terminate()).toMatchObject({ code: 0 });
  expect(readFileSync(file, 'utf8')).toContain('dist/apps/api/src/main.js');
  expect(heavy()).toEqual([]);
});

it.each(['api', 'worker', 'terminal'])('nor is any of it inside the bundle of: %s', (program) => {
  const modules = JSON.parse(readFileSync(`dist/chunks/${program}/modules.json`, 'utf8')) as string[];
  expect(modules.length).toBeGreaterThan(500);
  expect(heavyAmong(modules)).toEqual([]);
});
