import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { eventually } from './eventually.js';

/** A real API: a process of its own, built by `npm run build`, on a port that it finds. */
export class ApiProcess {
  readonly ended: Promise<number | null>;

  private constructor(
    private readonly child: ChildProcess,
    private readonly environment: Record<string, string>,
    private readonly logFile: string,
  ) {
    this.ended = new Promise((resolve) => child.once('exit', resolve));
  }

  static start(environment: Record<string, string>, logFile: string): ApiProcess {
    const log = openSync(logFile, 'a');
    const child = spawn(process.execPath, ['--enable-source-maps', 'dist/apps/api/src/main.js'], {
      stdio: ['ignore', log, log],
      env: { PATH: process.env.PATH, ...environment },
    });
    closeSync(log);
    return new ApiProcess(child, environment, logFile);
  }

  async ready(): Promise<this> {
    await eventually(() => this.child.exitCode !== null || this.url() !== undefined, {
      because: 'an API that is ready',
      timeout: 30_000,
    });
    if (this.url() === undefined) throw new Error(`the API ended: ${this.log()}`);
    return this;
  }

  /** Where it answers, once it does. */
  url(): string | undefined {
    return /"message":"Ready on ([^"]+)"/.exec(this.log())?.[1];
  }

  log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(`${this.url()}${path}`, {
      method,
      headers: { ...this.authorization(), 'content-type': 'application/json', ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  }

  authorization(): { authorization: string } {
    return { authorization: `Bearer ${this.environment.API_KEY}` };
  }

  /** Bytes of memory that it holds now. */
  memory(): number {
    const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.child.pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) * 1024;
  }

  terminate(): Promise<number | null> {
    this.child.kill('SIGTERM');
    return this.ended;
  }

  kill(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    return this.ended;
  }
}
