/*
 * In which direction the house may look: the drawing in CONTRIBUTING.md, for a machine. `npm run floors` reads every import,
 * those of types too, and says of each that is against it what is wrong and what to do.
 */

/** The folders of the domain, from the roof to the ground. */
const domain = [
  ['watch'],
  ['operate'],
  ['receive'],
  ['batch', 'poll', 'call-backs'],
  ['show', 'record'],
  ['request', 'receipts', 'retain'],
  ['send', 'remediate'],
  ['returns'],
  ['standing'],
  ['terms', 'audit', 'quarantine'],
];

/** The same of the API: what is served, what it is made of, what is asked and answered, who may call. */
const api = [
  [
    'start',
    'on-call',
    'preview',
    'sign-in',
    'batches',
    'call-backs',
    'notifications',
    'operate',
    'receipts',
    'returns',
    'standing',
  ],
  ['docs', 'idempotency', 'pages'],
  ['contract'],
  ['access', 'lines'],
  ['problems'],
];

/** Which libs a lib may import. */
const libs = {
  notifications: ['email', 'keys', 'platform'],
  keys: ['platform'],
  email: ['platform'],
  'mail-checks': ['email', 'platform'],
  platform: [],
  client: [],
};

/** Which apps an app may import. */
const apps = {
  api: [],
  worker: [],
  // Where the local stack keeps its data: the terminal works on it when nothing else is set.
  cli: ['local'],
  local: ['api', 'worker'],
};

const SPEC = '\\.spec\\.ts$';

const anyOf = (names) => `(?:${names.join('|')})`;
const list = (names) => (names.length > 0 ? names.join(', ') : 'nothing');

/** A folder looks at lower floors only, and a folder that is not drawn is not there. */
const floorsOf = (name, root, floors) => [
  ...floors.flatMap((floor, level) =>
    floor.map((folder) => {
      const lower = floors.slice(level + 1).flat();
      return {
        name: `${name}-floor-of-${folder}`,
        comment:
          `${root}/${folder} may import from the floors below it: ${list(lower)}. Move what is needed to the lowest floor that can have it, ` +
          'or let a folder above both call the two.',
        severity: 'error',
        from: { path: `^${root}/${folder}/` },
        to: { path: `^${root}/`, pathNot: `^${root}/${anyOf([folder, ...lower])}/` },
      };
    }),
  ),
  {
    name: `${name}-folder-without-a-floor`,
    comment:
      'This folder has no floor yet. Give it one in .dependency-cruiser.mjs and in the drawing in CONTRIBUTING.md: above all that it ' +
      'imports, below all that imports it.',
    severity: 'error',
    from: { path: `^${root}/[^/]+/`, pathNot: `^${root}/${anyOf(floors.flat())}/` },
    to: {},
  },
];

/** Files that import each other, within one place: across places another rule speaks. */
const circlesIn = (name, files) => ({
  name: `files-in-a-circle-${name}`,
  comment:
    'These files import each other, so that which of them is there first is chance. Move what both need into a file of its own, or hand it in.',
  severity: 'error',
  from: { path: files },
  to: { circular: true, viaOnly: { path: '^$1/' } },
});

const ofTheLibs = Object.entries(libs).map(([lib, others]) => ({
  name: `lib-${lib}`,
  comment:
    `libs/${lib} may import of our own: ${list(others.map((other) => `libs/${other}`))}. ` +
    'A lib knows nothing of those that use it: hand in what it needs, or move what both need below both.',
  severity: 'error',
  from: { path: `^libs/${lib}/`, pathNot: SPEC },
  to: { path: '^(?:apps|libs|test|bench)/', pathNot: `^libs/${anyOf([lib, ...others])}/` },
}));

const ofTheApps = Object.entries(apps).map(([app, others]) => ({
  name: `app-${app}`,
  comment:
    `apps/${app} may import libs, and of the apps: ${list(others.map((other) => `apps/${other}`))}. ` +
    'A door knows no other door, and no test: what two doors need is a rule, and rules are in libs.',
  severity: 'error',
  from: { path: `^apps/${app}/`, pathNot: SPEC },
  to: { path: '^(?:apps|test|bench)/', pathNot: `^apps/${anyOf([app, ...others])}/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...floorsOf('domain', 'libs/notifications/src', domain),
    ...floorsOf('api', 'apps/api/src', api),
    circlesIn('of-a-folder', '^((?:libs/notifications|apps/api)/src/[^/]+)/'),
    circlesIn('at-a-root', '^((?:libs/notifications|apps/api)/src)/[^/]+$'),
    circlesIn('of-a-lib-or-app', '^((?:libs/(?!notifications/)|apps/(?!api/))[^/]+)/'),
    circlesIn('elsewhere', '^(test|bench|tools)/'),
    ...ofTheLibs,
    ...ofTheApps,
    {
      name: 'lib-or-app-without-a-place',
      comment: 'This lib or app is not in .dependency-cruiser.mjs yet. Write there what it may import.',
      severity: 'error',
      from: {
        path: '^(?:libs|apps)/[^/]+/',
        pathNot: `^(?:libs/${anyOf(Object.keys(libs))}|apps/${anyOf(Object.keys(apps))})/`,
      },
      to: {},
    },
    {
      name: 'past-the-barrel',
      comment:
        'What a lib offers is in its src/index.ts. Import it from there (#libs/<name>/index.js), and export it there if it is meant to be used outside.',
      severity: 'error',
      from: { path: '^(apps|libs)/([^/]+)/', pathNot: SPEC },
      to: { path: '^libs/[^/]+/src/', pathNot: '^(?:$1/$2/|libs/[^/]+/src/index\\.ts$)' },
    },
    {
      name: 'import-that-leads-nowhere',
      comment: 'No file was found for this import, so that none of these rules can see it.',
      severity: 'error',
      from: {},
      // What is built is not there before a build.
      to: { couldNotResolve: true, path: '^[.#]', pathNot: '/dist/' },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', 'src/generated'] },
    tsConfig: { fileName: 'tsconfig.json' },
    // Imports of types count: they say as much about who knows whom.
    tsPreCompilationDeps: true,
    // `#libs/…` leads to the sources, not to what was built.
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default'],
    },
  },
};
