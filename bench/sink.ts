import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Arrivals, Wish } from './smtp.sink.js';

/** The SMTP sink, as a process of its own. */
export class Sink {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  static async start(): Promise<Sink> {
    const child = fork(join(import.meta.dirname, 'smtp.sink.js'));
    const [port] = (await once(child, 'message')) as [number];
    return new Sink(child, port);
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  count(): Promise<number> {
    return this.ask('count') as Promise<number>;
  }

  arrivals(): Promise<Arrivals> {
    return this.ask('arrivals') as Promise<Arrivals>;
  }

  async forget(): Promise<void> {
    await this.ask('forget');
  }

  /** @param milliseconds that its replies travel from now on, as from a relay in another city. */
  async moveAway(milliseconds: number): Promise<void> {
    await this.ask({ away: milliseconds });
  }

  stop(): void {
    this.child.disconnect();
  }

  private async ask(wish: Wish): Promise<unknown> {
    const answer = once(this.child, 'message');
    this.child.send(wish);
    const [value] = (await answer) as [unknown];
    return value;
  }
}
