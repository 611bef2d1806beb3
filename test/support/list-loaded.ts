/**
 * Preload that lists what a process loads: `LOADED=<file> node --import ./dist/test/support/list-loaded.js …`. Modules as they are
 * resolved; what is required by way of CommonJS when the process ends.
 */
import { appendFileSync } from 'node:fs';
import { createRequire, register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const file = process.env.LOADED ?? '';
const HOOK = `import { appendFileSync } from 'node:fs';
export async function resolve(specifier, context, next) {
  const resolved = await next(specifier, context);
  appendFileSync(${JSON.stringify(file)}, resolved.url + '\\n');
  return resolved;
}`;

if (file && isMainThread) {
  register(`data:text/javascript,${encodeURIComponent(HOOK)}`);
  process.on('exit', () =>
    appendFileSync(file, Object.keys(createRequire(import.meta.url).cache).join('\n')),
  );
}
