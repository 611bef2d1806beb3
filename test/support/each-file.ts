/** Runs before each file of tests, its imports included. */
import { afterAll, expect } from 'vitest';
import { endAll } from './at-end.js';
import { runFolder } from './run-folder.js';
import { noteTime } from './file-times.js';
import { processorSeconds } from './processor-time.js';

const before = processorSeconds();
const since = performance.now();

// The first to be registered is the last to run.
afterAll(() => {
  const after = processorSeconds();
  noteTime(runFolder(), {
    file: expect.getState().testPath ?? '',
    own: after.own - before.own,
    children: after.children - before.children,
    clock: (performance.now() - since) / 1000,
  });
});

afterAll(endAll);
