import { readFileSync } from 'node:fs';
import type { Run } from './bench.js';
import { runCase } from './case.js';
import { readCase } from './form.js';

/** A process that runs cases one after the other, so that several such processes use several processors. */

/** Run the case in this file. */
export interface Task {
  run: Run;
  file: string;
}

/** Why it failed; empty when it passed. */
export type Verdict = string[];

process.once('disconnect', () => process.exit(0));
// The run may have ended while this process was being loaded.
if (!process.connected) process.exit(0);
process.on('message', ({ run, file }: Task) => {
  void work(run, file).then((verdict) => process.send?.(verdict));
});

async function work(run: Run, file: string): Promise<Verdict> {
  try {
    const form = readCase(readFileSync(file, 'utf8'));
    return 'read' in form ? await runCase(run, form.read) : form.problems;
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
