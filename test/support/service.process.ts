import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { eventually } from './eventually.js';
import { isEndurance } from './sizes.js';

/** What a process is to be started with. */
export interface ProcessStart {
  /** Its main file, as `npm run build` made it. */
  main: string;
  /** Its whole environment but PATH. */
  environment: Record<string, string | undefined>;
  logFile: string;
  /** Options of Node. */
  node?: string[];
  /** It is to run for as long, and so as fast, as one in production. Default false. */
  livesLong?: boolean;
}

const LONG_LIFE = ['--enable-source-maps'];
const SHORT_LIFE = [...LONG_LIFE, '--wasm-tiering-budget=2000000000', '--min-semi-space-size=32'];

/**
 * Node's options for every process of the service. Few live long enough for it to pay to compile Prisma's WebAssembly a second time, or
 * to begin with a small heap and clear it again and again as it grows.
 */
export const FLAGS = isEndurance ? LONG_LIFE : SHORT_LIFE;

/** How a process ended. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A real process of the service, built by `npm run build`. */
export class ServiceProcess {
  /** How it ended, once it has. */
  readonly ended: Promise<Ending>;
  private readonly child: ChildProcess;
  private readonly logFile: string;

  /** Starts it and returns at once: ask `ready()`, or await its end. */
  constructor({ main, environment, logFile, node = [], livesLong = false }: ProcessStart) {
    const log = openSync(logFile, 'a');
    this.logFile = logFile;
    this.child = spawn(process.execPath, [...(livesLong ? LONG_LIFE : FLAGS), ...node, main], {
      // A file and no pipe: nothing that was written is lost with the process.
      stdio: ['ignore', log, log],
      env: { PATH: process.env.PATH, ...environment },
    });
    closeSync(log);
    this.ended = new Promise((resolve) =>
      this.child.once('exit', (code, signal) => resolve({ code, signal })),
    );
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Waits until it has started everything. */
  async ready(): Promise<this> {
    await eventually(() => this.hasEnded() || this.log().includes('"message":"Ready'), {
      because: 'a process that is ready',
    });
    if (this.hasEnded()) throw new Error(`the process ended: ${this.log()}`);
    return this;
  }

  /** Bytes of memory that it holds now. */
  memory(): number {
    const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) * 1024;
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

  hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}
