import { AsyncLocalStorage } from 'node:async_hooks';
import type { Readable, Writable } from 'node:stream';
import type { Environment } from '#libs/platform/index.js';

/** What a call of the terminal reads from and writes to. */
interface Surroundings {
  env: Environment;
  stdin: Readable;
  stdout: Writable;
  /** Writes lines to standard output, and to standard error what a script is not to read. */
  console: Pick<Console, 'log' | 'error'>;
}

const ofThisProcess: Surroundings = {
  env: process.env,
  get stdin() {
    return process.stdin;
  },
  get stdout() {
    return process.stdout;
  },
  console,
};

const ofThisCall = new AsyncLocalStorage<Surroundings>();

/** Those of the process, unless the call was given its own. */
export function surroundings(): Surroundings {
  return ofThisCall.getStore() ?? ofThisProcess;
}

/** Runs a call in surroundings of its own: several fit into one process. */
export function within<Result>(given: Surroundings, call: () => Promise<Result>): Promise<Result> {
  return ofThisCall.run(given, call);
}
