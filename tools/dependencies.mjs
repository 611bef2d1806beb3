/**
 * Writes docs/dependencies.md: what we depend on directly, how old it is, and who would notice a fault in it.
 *
 *   node tools/dependencies.mjs             from package.json, package-lock.json and tools/dependencies.json
 *   node tools/dependencies.mjs --releases  asks the registry first for the dates of releases, and keeps them in tools/dependencies.json
 *   node tools/dependencies.mjs --check     changes nothing; exit 1 when a package has no words or date, or the page is not what it would be
 */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs, promisify } from 'node:util';
import { format, resolveConfig } from 'prettier';

const KEPT = 'tools/dependencies.json';
const PAGE = 'docs/dependencies.md';
/** Questions to the registry at a time. */
const AT_ONCE = 4;

const { values: options } = parseArgs({
  options: { releases: { type: 'boolean', default: false }, check: { type: 'boolean', default: false } },
});

const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const { dependencies, devDependencies } = read('package.json');
const { packages } = read('package-lock.json');
const names = [...Object.keys(dependencies), ...Object.keys(devDependencies)];
const versionOf = (name) => packages[`node_modules/${name}`].version;

let kept = read(KEPT);
if (options.releases) {
  kept = await withReleases();
  writeFileSync(KEPT, `${JSON.stringify(kept, null, 2)}\n`);
}

const complaints = [
  ...names
    .filter((name) => !kept[name]?.noticedBy)
    .map((name) => `${name}: who would notice a fault in it? Say so in ${KEPT}`),
  ...names
    .filter((name) => kept[name]?.version !== versionOf(name))
    .map(
      (name) => `${name}: the dates are not of ${versionOf(name)}: run npm run dependencies -- --releases`,
    ),
  ...Object.keys(kept)
    .filter((name) => !names.includes(name))
    .map((name) => `${name}: is no direct dependency any more: take it out of ${KEPT}`),
];
if (complaints.length === 0) {
  const page = await format(pageOf(), { ...(await resolveConfig(PAGE)), parser: 'markdown' });
  if (!options.check) writeFileSync(PAGE, page);
  else if (readFileSync(PAGE, 'utf8') !== page)
    complaints.push(`${PAGE} is out of date: run npm run dependencies`);
}
for (const complaint of complaints) console.error(complaint);
process.exitCode = complaints.length > 0 ? 1 : 0;

/** What is kept, with the dates as the registry has them now; sorted by name. */
async function withReleases() {
  const run = promisify(execFile);
  const found = {};
  const rest = names.toSorted();
  const work = async () => {
    for (let name = rest.shift(); name; name = rest.shift()) {
      const { stdout } = await run('npm', ['view', name, 'dist-tags', 'time', '--json'], {
        maxBuffer: 2 ** 26,
      });
      const { 'dist-tags': tags, time } = JSON.parse(stdout);
      const version = versionOf(name);
      const dateOf = (one) => time[one]?.slice(0, 10) ?? null;
      found[name] = {
        version,
        released: dateOf(version),
        newest: tags.latest,
        newestReleased: dateOf(tags.latest),
        noticedBy: kept[name]?.noticedBy ?? '',
      };
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return Object.fromEntries(names.toSorted().map((name) => [name, found[name]]));
}

function pageOf() {
  return `# What we depend on

Each direct dependency: the version that \`package-lock.json\` has, when it was released, the newest release when somebody last asked, and
who would notice a fault in it. Written by \`npm run dependencies\`; \`npm run dependencies -- --releases\` asks the registry for the dates first. A
package without a row fails \`npm run check\`. What is known against any of them, the indirect ones too, is asked each week by
\`.github/workflows/dependencies.yml\` (\`npm audit\`, \`npm outdated\`), in a clone that has a registry which answers that.

## What runs

${table(Object.keys(dependencies))}

## What builds and tests

${table(Object.keys(devDependencies))}
`;
}

function table(list) {
  const rows = list.toSorted().map((name) => {
    const { version, released, newest, newestReleased, noticedBy } = kept[name];
    const last = newest === version ? 'this one' : `${newest}, ${newestReleased ?? 'no date'}`;
    return `| \`${name}\` | ${version} | ${released ?? 'no date'} | ${last} | ${noticedBy} |`;
  });
  return [
    '| package | version | released | newest | who would notice a fault |',
    '|-|-|-|-|-|',
    ...rows,
  ].join('\n');
}
