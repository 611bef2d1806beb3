import { Inject, Injectable } from '@nestjs/common';
import { SweepService } from '#libs/notifications/index.js';
import { SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { RepeatingTimer } from './repeating.timer.js';

/** Sweeps every so often. A timer of the process, not a job: the sweep is what mends a queue that lost its jobs. */
@Injectable()
export class SweepTimer extends RepeatingTimer {
  constructor(
    private readonly sweeps: SweepService,
    @Inject(SETTINGS) settings: Settings,
  ) {
    super(settings.SWEEP_EVERY, 'A sweep failed; the next one will do its work');
  }

  protected work(): Promise<unknown> {
    return this.sweeps.sweep();
  }
}
