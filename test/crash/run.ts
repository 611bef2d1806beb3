import { expect } from 'vitest';
import { eventually } from '../support/eventually.js';
import { submitted, type MadeReturn } from '../support/make.js';
import { manyReturns } from '../support/make.many.js';
import { proved } from '../support/proved.js';
import { restart } from '../support/sizes.js';
import { Stack, type StackOptions } from '../support/stack.js';
import type { WorkerProcess } from '../support/worker.process.js';
import { countByState } from './found.js';

/** Mails on their way through one worker process. */
export class Run {
  private constructor(
    private readonly label: string,
    readonly stack: Stack,
    readonly worker: WorkerProcess,
    private readonly owners: MadeReturn[],
  ) {}

  static async start(label: string, where: StackOptions): Promise<Run> {
    const stack = await Stack.start(label, { ...where, worker: false });
    const owners = await manyReturns(stack, restart.mails);
    await stack.putAll('confirmation', owners.map(submitted));
    // Whoever loses its claim with the database is to be found soon, and a machine may stand still for longer than one thinks.
    const worker = stack.startWorker({
      // Fewer at once than there are, so that some are still to come when a server goes.
      settings: { SMTP_TIMEOUT: '20s', SEND_LEASE: '65s', SEND_CONCURRENCY_URGENT: '10' },
    });
    return new Run(label, stack, worker, owners);
  }

  async until(share: number): Promise<void> {
    await eventually(() => this.stack.mailbox.mails.length >= this.owners.length * share, {
      because: `${this.owners.length * share} mails`,
    });
  }

  async expectEachMailOnce(): Promise<void> {
    await Promise.race([this.stack.idle(), this.workerEnded()]);
    expect(await countByState(this.stack)).toEqual({ handed_over: this.owners.length });
    const { mails } = this.stack.mailbox;
    expect(mails.map(({ to }) => to[0]).sort()).toEqual(this.owners.map(({ email }) => email).sort());
    expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(this.owners.length);
    proved(`Servers, ${this.label}: ${this.owners.length} mails under way, lost 0, doubled 0.`);
  }

  /** @throws what the worker said last, once it has ended, which no server makes it do. */
  private async workerEnded(): Promise<never> {
    const { code, signal } = await this.worker.ended;
    throw new Error(`the worker ended (${signal ?? code}): ${this.worker.log().slice(-4_000)}`);
  }
}
