import { Inject, Injectable } from '@nestjs/common';
import { Guards } from '#libs/notifications/index.js';
import { SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { RepeatingTimer } from './repeating.timer.js';

/** Lets the guards look every so often: at the mails since their last look by count, and at what is said and comes back while none goes out. */
@Injectable()
export class GuardTimer extends RepeatingTimer {
  constructor(
    private readonly guards: Guards,
    @Inject(SETTINGS) settings: Settings,
  ) {
    super(settings.GUARD_EVERY, 'The guards could not look');
  }

  protected async work(): Promise<void> {
    await this.guards.look();
  }
}
