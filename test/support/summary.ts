/** What Jest's results hold and the closing line needs. */
export interface RunSums {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  /** Files that could not run at all. */
  numRuntimeErrorTestSuites: number;
}

const NO_REDIS =
  'No Redis or Valkey server was found, so the tests of the Redis backend did not run. ' +
  'Install one with: apt-get install redis-server  (Debian, Ubuntu)  or  brew install valkey  (macOS)';

const NO_CHROMIUM =
  'No Chromium was found, so the tests of the pages in a browser did not run. ' +
  'Install one with: apt-get install chromium  (Debian, Ubuntu)  or  brew install --cask chromium  (macOS)';

/** What did not run and why: what is missing on this machine. */
export function missing(environment: Record<string, string | undefined>): string[] {
  return [
    ...(environment.TEST_REDIS_URL ? [] : [NO_REDIS]),
    ...(environment.TEST_CHROMIUM ? [] : [NO_CHROMIUM]),
  ];
}

/** Failed tests; a file that could not run counts as one. */
export function failures(sums: RunSums): number {
  return sums.numFailedTests + sums.numRuntimeErrorTestSuites;
}

/** `tests: N passed, N failed`, and the skipped ones if any. */
export function closingLine(sums: RunSums): string {
  const skipped = sums.numPendingTests + sums.numTodoTests;
  const end = skipped > 0 ? `, ${skipped} skipped` : '';
  return `tests: ${sums.numPassedTests} passed, ${failures(sums)} failed${end}`;
}
