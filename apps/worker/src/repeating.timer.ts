import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';

/** Does something every so often in this process, never twice at once. A process that stops waits for what runs. */
export abstract class RepeatingTimer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  /** @param every milliseconds. */
  constructor(private readonly every: number) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.running ??= this.run().finally(() => (this.running = undefined));
    }, this.every);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** Must not throw. */
  protected abstract run(): Promise<void>;
}
