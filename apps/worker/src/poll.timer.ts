import { Inject, Injectable } from '@nestjs/common';
import { AcknowledgementPolls, BackupPolls } from '#libs/notifications/index.js';
import { SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { RepeatingTimer } from './repeating.timer.js';

/** Milliseconds after which a worker looks at the latest whether it is time, so that one that began just now need not wait long. */
const LOOK = 60_000;

/** Asks the upstream, where there is one, every UPSTREAM_EVERY: whichever worker looks first. */
@Injectable()
export class PollTimer extends RepeatingTimer {
  private readonly stopping = new AbortController();

  constructor(
    private readonly backup: BackupPolls,
    private readonly primary: AcknowledgementPolls,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    super(
      Math.min(settings.UPSTREAM_EVERY, LOOK),
      'A poll of the upstream failed; the next one will do its work',
    );
  }

  override onApplicationBootstrap(): void {
    if (this.backup.isOn) super.onApplicationBootstrap();
  }

  /** Does not wait for the upstream: another worker goes on. */
  override async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await super.beforeApplicationShutdown();
  }

  /** One path that fails keeps the other from nothing. */
  protected async work(): Promise<void> {
    const options = { every: this.settings.UPSTREAM_EVERY, stop: this.stopping.signal };
    const runs = await Promise.allSettled([this.backup.poll(options), this.primary.poll(options)]);
    for (const run of runs) if (run.status === 'rejected') throw run.reason;
  }
}
