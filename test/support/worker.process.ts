import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Step } from '#libs/platform/index.js';
import { eventually } from './eventually.js';

/** How to start a worker. */
export interface WorkerOptions {
  /** Settings that differ from the stack's. */
  settings?: Record<string, string>;
  /** It dies by SIGKILL the moment it has done this. */
  crashAfter?: Step;
  /** For Node itself. */
  flags?: string[];
}

/** How a process ended. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A real worker: a process of its own, built by `npm run build`. */
export class WorkerProcess {
  /** How it ended, once it has. */
  readonly ended: Promise<Ending>;

  private constructor(
    private readonly child: ChildProcess,
    private readonly logFile: string,
  ) {
    this.ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  }

  /** Starts it and returns at once: ask `ready()`, or await its end. */
  static start(
    environment: Record<string, string>,
    logFile: string,
    { settings, crashAfter, flags = [] }: WorkerOptions = {},
  ): WorkerProcess {
    const preload = crashAfter ? ['--import', './dist/test/support/crash-after.js'] : [];
    const log = openSync(logFile, 'a');
    const child = spawn(
      process.execPath,
      [...flags, ...preload, '--enable-source-maps', 'dist/apps/worker/src/main.js'],
      {
        // A file and no pipe: nothing that was written is lost with the process.
        stdio: ['ignore', log, log],
        env: { PATH: process.env.PATH, ...environment, ...settings, CRASH_AFTER: crashAfter },
      },
    );
    closeSync(log);
    return new WorkerProcess(child, logFile);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Waits until it has started everything. */
  async ready(): Promise<this> {
    await eventually(() => this.hasEnded() || this.log().includes('"message":"Ready"'), {
      because: 'a worker that is ready',
      timeout: 30_000,
    });
    if (this.hasEnded()) throw new Error(`the worker ended: ${this.log()}`);
    return this;
  }

  /** Everything it has written so far. */
  log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  /** Warnings and errors that it has logged. */
  complaints(): string[] {
    return this.log()
      .split('\n')
      .filter((line) => line.startsWith('{') && (JSON.parse(line) as { level: number }).level >= 40);
  }

  /** SIGTERM; returns when it has finished. */
  terminate(): Promise<Ending> {
    this.child.kill('SIGTERM');
    return this.ended;
  }

  /** SIGKILL; returns when it is gone. */
  kill(): Promise<Ending> {
    if (!this.hasEnded()) this.child.kill('SIGKILL');
    return this.ended;
  }

  private hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}
