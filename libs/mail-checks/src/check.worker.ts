import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '#libs/platform/index.js';
import type { CheckedMail, MailToCheck, ThreadData } from './check.messages.js';

/** Threads run what was built, also where sources run: Node reads no TypeScript of ours. */
const THREAD = join(packageRoot, 'dist/libs/mail-checks/src/check.thread.js');

interface Limits {
  /** Milliseconds without a mail to check after which the thread ends. */
  idle?: number;
  /** Milliseconds for one mail, the first and all that it loads included. */
  mail?: number;
}

/** A thread that checks one mail at a time: started when there is one, ended when there is none for a while. */
export class CheckWorker {
  #worker: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(
    private readonly data: ThreadData,
    private readonly limits: Limits = {},
    private readonly file: string | URL = THREAD,
  ) {}

  /**
   * What the checks say about a mail, after those that were asked before.
   * @throws Error when the thread broke or took too long; the next mail gets a new one
   */
  check(mail: MailToCheck): Promise<CheckedMail> {
    const checked = this.#last.then(() => this.#ask(mail));
    this.#last = checked.catch(() => undefined);
    return checked;
  }

  /** Ends the thread, whatever it does, for good. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#stop();
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  async #ask(mail: MailToCheck): Promise<CheckedMail> {
    if (this.#ended) throw new Error('the checks have ended');
    clearTimeout(this.#idle);
    const worker = (this.#worker ??= this.#start());
    const answered = new AbortController();
    const signal = AbortSignal.any([answered.signal, AbortSignal.timeout(this.limits.mail ?? 120_000)]);
    try {
      worker.postMessage(mail);
      const ended = once(worker, 'exit', { signal }).then(() =>
        Promise.reject(new Error('the thread ended')),
      );
      const [message] = (await Promise.race([once(worker, 'message', { signal }), ended])) as [CheckedMail];
      this.#idle = setTimeout(() => void this.#stop(), this.limits.idle ?? 60_000).unref();
      return message;
    } catch (error) {
      await this.#stop();
      throw error;
    } finally {
      answered.abort();
    }
  }

  #start(): Worker {
    const worker = new Worker(this.file, {
      workerData: this.data,
      // Ours are not for it, and may lead to sources.
      execArgv: [],
      // What runs away takes the thread with it, not the process.
      resourceLimits: { maxOldGenerationSizeMb: 512 },
    });
    // Heard by whoever waits for an answer; without a listener it would end the process.
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
    });
    // A process that has nothing else to do may end.
    worker.unref();
    return worker;
  }
}
