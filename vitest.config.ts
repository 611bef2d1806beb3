import { defineConfig } from 'vitest/config';

// Our own imports (`#libs/…`) lead to the sources, not to what was built.
const conditions = ['source', 'node'];

/** Real services, one database server for the run, one database for each file: see test/support. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['{apps,libs,test}/**/*.spec.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    reporters: ['default', './test/support/closing-line.ts'],
    // Files that run one after another in a process share what they import: that was most of what a file cost.
    pool: 'forks',
    isolate: false,
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
