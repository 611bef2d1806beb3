/** Serves the databases that a failed run left, until Ctrl-C:  node test/support/serve-kept.js FOLDER */
import { join } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { importSource } from '../../tools/typescript-source.mjs';

const [folder] = process.argv.slice(2);
if (!folder) {
  console.error('usage: node test/support/serve-kept.js FOLDER');
  process.exit(64);
}
const { startPostgres } = await importSource('apps/local/src/embedded/postgres.ts');
const postgres = await startPostgres({ dataDirectory: join(folder, 'postgres') });
console.log(`${postgres.url('postgres')}   (Ctrl-C ends it)`);
const wait = setInterval(() => undefined, 60_000);
process.once('SIGINT', () => {
  clearInterval(wait);
  void postgres.stop();
});
