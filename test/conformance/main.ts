import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '#apps/local/src/embedded/postgres.js';
import { applyMigrations, prepareQueueSchema } from '#libs/platform/index.js';
import { makeRunFolder, sweepOldRuns } from '../support/run-folder.js';
import type { Run } from './bench.js';
import { readCase } from './form.js';
import { CaseRunners } from './case.runners.js';
import type { Queued } from './case.runners.js';
import { sizeOf } from './returns.js';

/**
 * Runs every case of a folder against the real service: `npm run conformance -- FOLDER`. A line a case, the count last;
 * exit 0 only if none failed. Cases run in processes of their own, which share one Postgres.
 */

const TEMPLATE = 'conformance_template';

const folder = folderAsked();
process.chdir(projectFolder());
const cases = readFolder(folder);
const failed = await runAll(cases);
console.log(`conformance: ${cases.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 && cases.length > 0 ? 0 : 1);

async function runAll(queued: Queued[]): Promise<number> {
  sweepOldRuns();
  const runFolder = makeRunFolder();
  const logs = join(runFolder, 'logs');
  mkdirSync(logs);
  const postgres = await startPostgres({
    dataDirectory: join(runFolder, 'postgres'),
    durable: false,
    maxConnections: 200,
    log: () => undefined,
  });
  const runners = new CaseRunners();
  const tidy = async (): Promise<void> => {
    runners.end();
    await postgres.stop();
    rmSync(dirname(postgres.dataDirectory), { recursive: true, force: true });
    rmSync(runFolder, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void tidy().then(() => process.exit(1)));
  try {
    const run: Run = { folder: logs, postgresUrl: postgres.url('postgres'), template: TEMPLATE };
    await postgres.createDatabase(TEMPLATE);
    await applyMigrations(postgres.url(TEMPLATE), 'prisma/migrations');
    await prepareQueueSchema(postgres.url(TEMPLATE));
    return await runners.share(queued, run, (line) => console.log(line));
  } finally {
    await tidy();
  }
}

function readFolder(path: string): Queued[] {
  return readdirSync(path)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => {
      const file = join(path, name);
      const form = readCase(readFileSync(file, 'utf8'));
      return 'read' in form
        ? { file, name: form.read.name, problems: [], size: sizeOf(form.read) }
        : { file, name: form.name ?? basename(name, '.json'), problems: form.problems, size: 0 };
    });
}

/** Seen from where npm was called, which is not always where it runs its scripts. */
function folderAsked(): string {
  const asked = process.argv[2];
  const found = [process.env.INIT_CWD, process.cwd()]
    .filter((from) => from !== undefined)
    .map((from) => resolve(from, asked ?? ''))
    .find((path) => asked !== undefined && statSync(path, { throwIfNoEntry: false })?.isDirectory());
  if (found) return found;
  console.error(
    asked === undefined
      ? 'Say which folder of cases to run: npm run conformance -- FOLDER'
      : `${asked} is not a folder. Give one that holds cases as JSON files.`,
  );
  process.exit(2);
}

/** Migrations and templates are found from here. */
function projectFolder(): string {
  let path = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(path, 'package.json'))) path = dirname(path);
  return path;
}
