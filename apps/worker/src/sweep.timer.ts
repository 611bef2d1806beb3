import { Inject, Injectable } from '@nestjs/common';
import { ReplayService, SweepService } from '#libs/notifications/index.js';
import { SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { RepeatingTimer } from './repeating.timer.js';

/** Sweeps every so often, and replays what was parked too early. A timer of the process, not a job: the sweep is what mends a queue that lost its jobs. */
@Injectable()
export class SweepTimer extends RepeatingTimer {
  constructor(
    private readonly sweeps: SweepService,
    private readonly replays: ReplayService,
    @Inject(SETTINGS) settings: Settings,
  ) {
    super(settings.SWEEP_EVERY, 'A sweep failed; the next one will do its work');
  }

  protected async work(): Promise<void> {
    // Neither waits for the other to be mended.
    try {
      await this.sweeps.sweep();
    } finally {
      await this.replays.replayMatched();
    }
  }
}
