import { configDefaults, defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.js';
import { isEndurance } from './test/support/sizes.js';

// Our own imports (`#libs/…`) lead to the sources, not to what was built.
const conditions = ['source', 'node'];

/** Real services, one database server for the run, one database for each file: see test/support. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['{apps,libs,test}/**/*.spec.ts'],
    // Its servers are on few machines, and what is not tried should not count as skipped each time.
    exclude: [...configDefaults.exclude, ...(isEndurance ? [] : ['test/servers/mail-servers.spec.ts'])],
    setupFiles: ['test/support/each-file.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    reporters: ['default', './test/support/closing-line.ts'],
    // Files that run one after another in a process share what they import: that was most of what a file cost.
    pool: 'forks',
    isolate: false,
    // Room for what a file makes and forgets: the small one of a program that may live anywhere is cleared several times a second.
    execArgv: ['--min-semi-space-size=32', '--max-semi-space-size=64'],
    // One more than the processors of a small machine: who waits for a server leaves its own to another.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // For what hangs. A test waits for conditions, with `eventually`, which gives up sooner and says for what it waited.
    testTimeout: 1_200_000,
    hookTimeout: 1_200_000,
    // Servers that are not stopped by then are left behind.
    teardownTimeout: 300_000,
  },
});
