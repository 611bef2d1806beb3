import { expect, test } from 'vitest';
import { closingLine, missing } from './summary.js';

const none = { passed: 0, failed: 0, skipped: 0, unable: 0, stray: 0 };

test('the closing line names passed and failed tests, and no skipped ones where there are none', () => {
  expect(closingLine({ ...none, passed: 12 })).toBe('tests: 12 passed, 0 failed');
});

test('skipped and planned tests are said aloud', () => {
  expect(closingLine({ ...none, passed: 1, skipped: 3 })).toBe('tests: 1 passed, 0 failed, 3 skipped');
});

test('a file that could not even start, and an error outside of any test, count as failures', () => {
  expect(closingLine({ ...none, passed: 1, unable: 1 })).toBe('tests: 1 passed, 1 failed');
  expect(closingLine({ ...none, passed: 1, stray: 1 })).toBe('tests: 1 passed, 1 failed');
});

test('what is missing is said with the command that installs it', () => {
  const all = {
    TEST_REDIS_URL: 'redis://here',
    TEST_CHROMIUM: '/usr/bin/chromium',
    TEST_PROMETHEUS: '/usr/bin/prometheus',
    TEST_PROMTOOL: '/usr/bin/promtool',
  };
  expect(missing(all)).toEqual([]);
  expect(missing({ ...all, TEST_REDIS_URL: '', TEST_CHROMIUM: '', TEST_PROMTOOL: '' })).toEqual([
    expect.stringContaining('apt-get install redis-server'),
    expect.stringContaining('apt-get install chromium'),
    expect.stringContaining('apt-get install prometheus'),
  ]);
});
