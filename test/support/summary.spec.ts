import { expect, test } from '@jest/globals';
import { closingLine, missing } from './summary.js';

const none = {
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: 0,
};

test('the closing line names passed and failed tests, and no skipped ones where there are none', () => {
  expect(closingLine({ ...none, numPassedTests: 12 })).toBe('tests: 12 passed, 0 failed');
});

test('skipped and planned tests are said aloud', () => {
  expect(closingLine({ ...none, numPassedTests: 1, numPendingTests: 2, numTodoTests: 1 })).toBe(
    'tests: 1 passed, 0 failed, 3 skipped',
  );
});

test('a file that could not even start counts as a failure', () => {
  expect(closingLine({ ...none, numPassedTests: 1, numRuntimeErrorTestSuites: 1 })).toBe(
    'tests: 1 passed, 1 failed',
  );
});

test('what is missing is said with the command that installs it', () => {
  expect(missing({ TEST_REDIS_URL: 'redis://here', TEST_CHROMIUM: '/usr/bin/chromium' })).toEqual([]);
  expect(missing({ TEST_REDIS_URL: '', TEST_CHROMIUM: '' })).toEqual([
    expect.stringContaining('apt-get install redis-server'),
    expect.stringContaining('apt-get install chromium'),
  ]);
});
