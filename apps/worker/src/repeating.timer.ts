import { Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { announce, since, stepBegins } from '#libs/platform/index.js';

/** Milliseconds: a timer of Node that is set to more fires at once. */
const LONGEST = 2 ** 31 - 1;

/** Does something every so often in this process, never twice at once. A process that stops waits for what runs. */
export abstract class RepeatingTimer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  protected readonly logger = new Logger(this.constructor.name);
  /** As metrics call it: a `SweepTimer` is `sweep`. */
  private readonly name = this.constructor.name.replace(/Timer$/, '').toLowerCase();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  /**
   * @param every milliseconds.
   * @param whenItFails what the log says then; it is done again all the same.
   */
  constructor(
    private readonly every: number,
    private readonly whenItFails: string,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(
      () => {
        this.running ??= this.run().finally(() => (this.running = undefined));
      },
      Math.min(this.every, LONGEST),
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  protected abstract work(): Promise<unknown>;

  private async run(): Promise<void> {
    const began = stepBegins();
    const outcome = await this.work().then(
      () => 'done' as const,
      (error: unknown) => {
        this.logger.warn({ message: this.whenItFails, err: error });
        return 'failed' as const;
      },
    );
    if (began) announce({ step: 'round-ended', id: this.name, outcome, ms: since(began) });
  }
}
