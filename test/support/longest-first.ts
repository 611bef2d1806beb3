import { join, relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that take longest, the longest first, by `TIMES=1 npm test`: a long one that begins last leaves a processor
 * idle. A file that is missing here costs nothing but that.
 */
const LONGEST = [
  'test/crash/chaos.spec.ts',
  'test/batch/pages.browser.spec.ts',
  'libs/mail-checks/src/checks.spec.ts',
  'test/crash/servers-restart.spec.ts',
  'test/preview/pages.spec.ts',
  'apps/local/src/local.process.spec.ts',
  'test/crash/crash-after-each-step.spec.ts',
  'test/scale/hundred-thousand-lines.spec.ts',
  'test/servers/started-wrongly.spec.ts',
  'test/servers/redis-forms.spec.ts',
  'test/scale/ten-thousand-twice.spec.ts',
  'test/on-call/pages.browser.spec.ts',
  'test/batch/killed.spec.ts',
  'test/operate/terminal.spec.ts',
  'test/hostile/never-a-5xx.spec.ts',
  'test/batch/http-uploads.spec.ts',
  'test/crash/sigterm.spec.ts',
  'test/servers/connections.spec.ts',
  'test/servers/status-streams.spec.ts',
  'test/crash/the-same-twice.spec.ts',
  'apps/local/src/embedded/postgres.spec.ts',
  'libs/mail-checks/src/templates-check.spec.ts',
  'test/operate/terminal-dry-runs.spec.ts',
  'test/batch/objects-read.spec.ts',
  'test/operate/resend-many.spec.ts',
  'test/flow/what-is-loaded.spec.ts',
  'test/flow/who-is-told.spec.ts',
];

const ROOT = join(import.meta.dirname, '../..');

/** The longest files first, then as the runner sees fit. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const known = LONGEST.indexOf(relative(ROOT, moduleId));
      return known < 0 ? LONGEST.length : known;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}
