import { Injectable } from '@nestjs/common';
import { BatchEngine } from '#libs/notifications/index.js';
import { RepeatingTimer } from './repeating.timer.js';

/** Milliseconds after which a worker looks whether a batch waits for a hand, or has to stop because its mails fail. */
const LOOK = 250;

/** Works on batches: whichever worker looks first. */
@Injectable()
export class BatchTimer extends RepeatingTimer {
  private readonly stopping = new AbortController();

  constructor(private readonly engine: BatchEngine) {
    super(LOOK, 'The work on a batch failed; a worker goes on with it');
  }

  /** What was begun is finished, and no more: another worker goes on. */
  override async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await super.beforeApplicationShutdown();
  }

  protected work(): Promise<unknown> {
    return this.engine.work(this.stopping.signal);
  }
}
