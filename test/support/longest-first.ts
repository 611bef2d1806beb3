import { join, relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that take longest, the longest first, by `TIMES=1 npm test`: a long one that begins last leaves a processor
 * idle. A file that is missing here costs nothing but that.
 */
const LONGEST = [
  'test/crash/servers-restart.spec.ts',
  'test/crash/chaos.spec.ts',
  'test/operate/terminal-dry-runs.spec.ts',
  'test/flow/who-is-told.spec.ts',
  'test/crash/crash-after-each-step.spec.ts',
  'test/crash/sigterm.spec.ts',
  'test/preview/pages.spec.ts',
  'test/servers/started-wrongly.spec.ts',
  'test/operate/terminal-remediate.spec.ts',
  'test/operate/incident.spec.ts',
  'test/servers/outages.spec.ts',
  'test/on-call/pages.browser.spec.ts',
  'apps/local/src/local.process.spec.ts',
  'test/keys/terminal.spec.ts',
  'test/operate/poll-and-others.spec.ts',
  'test/operate/poll.spec.ts',
  'test/scale/ten-thousand-twice.spec.ts',
  'libs/mail-checks/src/checks.spec.ts',
  'test/crash/the-same-twice.spec.ts',
  'test/servers/redis-forms.spec.ts',
  'test/operate/terminal.spec.ts',
  'test/servers/connections.spec.ts',
  'test/flow/relay-limits.spec.ts',
  'test/operate/terminal-lists.spec.ts',
  'libs/mail-checks/src/templates-check.spec.ts',
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
