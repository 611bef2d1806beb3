import { Injectable } from '@nestjs/common';
import { ErasureService, Retention } from '#libs/notifications/index.js';
import { RepeatingTimer } from './repeating.timer.js';

/** Milliseconds after which a worker looks whether anything has been kept for long enough. */
const LOOK = 3_600_000;
/** Milliseconds after which it looks whether a conversation has ended that an erasure waits for. */
const FINISH = 10_000;

/** Erases what has been kept for RETAIN_DAYS, beside all else. */
@Injectable()
export class RetentionTimer extends RepeatingTimer {
  private readonly stopping = new AbortController();

  constructor(private readonly retention: Retention) {
    super(LOOK, 'What was kept for long enough could not be erased; it will be tried again');
  }

  override async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await super.beforeApplicationShutdown();
  }

  protected work(): Promise<unknown> {
    return this.retention.work(this.stopping.signal);
  }
}

/** Ends erasures that were asked for while a mail was in a conversation. */
@Injectable()
export class ErasureTimer extends RepeatingTimer {
  constructor(private readonly erasures: ErasureService) {
    super(FINISH, 'An erasure could not be ended; it will be tried again');
  }

  protected work(): Promise<unknown> {
    return this.erasures.finish();
  }
}
