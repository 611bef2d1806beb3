import { Inject, Injectable } from '@nestjs/common';
import { ServiceLevelCounting } from '#libs/notifications/index.js';
import { SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { RepeatingTimer } from './repeating.timer.js';

/** Milliseconds after which a worker looks at the latest whether a day is due. */
const LOOK = 60_000;

/** Counts the days of the service level, beside all else: whichever worker looks first. */
@Injectable()
export class ServiceLevelTimer extends RepeatingTimer {
  private readonly stopping = new AbortController();

  constructor(
    private readonly counting: ServiceLevelCounting,
    @Inject(SETTINGS) settings: Settings,
  ) {
    super(
      Math.min(settings.SERVICE_LEVEL_EVERY, LOOK),
      'The service level could not be counted; the next look will do it',
    );
  }

  /** A day that was begun is counted anew by another worker. */
  override async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await super.beforeApplicationShutdown();
  }

  protected work(): Promise<unknown> {
    return this.counting.work(this.stopping.signal);
  }
}
