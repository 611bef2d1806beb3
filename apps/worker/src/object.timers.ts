import { Inject, Injectable } from '@nestjs/common';
import { ObjectPolling, ObjectResults } from '#libs/notifications/index.js';
import { SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { RepeatingTimer } from './repeating.timer.js';

/** Milliseconds after which a worker looks whether there is something to write, or whether it is time to look into the bucket. */
const LOOK = 1_000;

/** Looks for new lists in the bucket, where the settings ask for it. */
@Injectable()
export class ObjectPollTimer extends RepeatingTimer {
  private readonly stopping = new AbortController();

  constructor(
    private readonly polling: ObjectPolling,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'BATCH_POLL'>,
  ) {
    super(LOOK, 'The bucket could not be looked through for new lists; it will be tried again');
  }

  override onApplicationBootstrap(): void {
    if (this.settings.BATCH_POLL !== undefined) super.onApplicationBootstrap();
  }

  override async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await super.beforeApplicationShutdown();
  }

  protected work(): Promise<unknown> {
    return this.polling.poll(this.stopping.signal);
  }
}

/** Writes the results of lists beside them. */
@Injectable()
export class ObjectResultsTimer extends RepeatingTimer {
  private readonly stopping = new AbortController();

  constructor(private readonly results: ObjectResults) {
    super(LOOK, 'Results could not be written beside their lists; a worker goes on with it');
  }

  override async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await super.beforeApplicationShutdown();
  }

  protected work(): Promise<unknown> {
    return this.results.work(this.stopping.signal);
  }
}
