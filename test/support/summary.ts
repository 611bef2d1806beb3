/** What a run came to, for the closing line. */
export interface RunSums {
  passed: number;
  failed: number;
  /** Skipped and planned tests. */
  skipped: number;
  /** Files that failed without a failed test: they could not start, or what prepares or clears up after their tests failed. */
  unable: number;
  /** Errors that belong to no test, and addresses in the logs of the run. */
  stray: number;
}

const NO_REDIS =
  'No Redis or Valkey server was found, so the tests of the Redis backend did not run. ' +
  'Install one with: apt-get install redis-server  (Debian, Ubuntu)  or  brew install valkey  (macOS)';

const NO_CHROMIUM =
  'No Chromium was found, so the tests of the pages in a browser did not run. ' +
  'Install one with: apt-get install chromium  (Debian, Ubuntu)  or  brew install --cask chromium  (macOS)';

const NO_PROMETHEUS =
  'No Prometheus with its promtool was found, so the tests of the alerts and of the dashboard did not run. ' +
  'Install one with: apt-get install prometheus  (Debian, Ubuntu)  or  brew install prometheus  (macOS)';

/** What did not run and why: what is missing on this machine. */
export function missing(environment: Record<string, string | undefined>): string[] {
  return [
    ...(environment.TEST_REDIS_URL ? [] : [NO_REDIS]),
    ...(environment.TEST_CHROMIUM ? [] : [NO_CHROMIUM]),
    ...(environment.TEST_PROMETHEUS && environment.TEST_PROMTOOL ? [] : [NO_PROMETHEUS]),
  ];
}

/** Failed tests; a file that could not run, and an error outside of any test, count as one each. */
export function failures({ failed, unable, stray }: RunSums): number {
  return failed + unable + stray;
}

/** `tests: N passed, N failed`, and the skipped ones if any. */
export function closingLine(sums: RunSums): string {
  const end = sums.skipped > 0 ? `, ${sums.skipped} skipped` : '';
  return `tests: ${sums.passed} passed, ${failures(sums)} failed${end}`;
}
