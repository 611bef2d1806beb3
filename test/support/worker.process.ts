import type { Step } from '#libs/platform/index.js';
import { ServiceProcess } from './service.process.js';

/** How to start a worker. */
export interface WorkerOptions {
  /** Settings that differ from the stack's. */
  settings?: Record<string, string>;
  /** It dies by SIGKILL the moment it has done this. */
  crashAfter?: Step;
  /** For Node itself. */
  flags?: string[];
  /** It is to run for as long, and so as fast, as one in production. */
  livesLong?: boolean;
}

/** A real worker: a process of its own. */
export class WorkerProcess extends ServiceProcess {
  /** Starts it and returns at once: ask `ready()`, or await its end. */
  static start(
    environment: Record<string, string>,
    logFile: string,
    { settings, crashAfter, flags = [], livesLong }: WorkerOptions = {},
  ): WorkerProcess {
    return new WorkerProcess({
      main: 'dist/apps/worker/src/main.js',
      environment: { ...environment, ...settings, CRASH_AFTER: crashAfter },
      logFile,
      livesLong,
      node: [...flags, ...(crashAfter ? ['--import', './dist/test/support/crash-after.js'] : [])],
    });
  }
}
