import { Injectable } from '@nestjs/common';
import { BatchRetention } from '#libs/notifications/index.js';
import { RepeatingTimer } from './repeating.timer.js';

/** Milliseconds after which a worker looks whether rows of a batch have been kept for long enough. */
const LOOK = 3_600_000;

/** Removes the rows of batches that have been over for long, beside all else. */
@Injectable()
export class BatchRetentionTimer extends RepeatingTimer {
  private readonly stopping = new AbortController();

  constructor(private readonly retention: BatchRetention) {
    super(LOOK, 'The rows of old batches could not be removed; it will be tried again');
  }

  override async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await super.beforeApplicationShutdown();
  }

  protected work(): Promise<unknown> {
    return this.retention.work(this.stopping.signal);
  }
}
