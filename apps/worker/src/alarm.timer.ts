import { Inject, Injectable } from '@nestjs/common';
import { AlarmService } from '#libs/notifications/index.js';
import { SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { RepeatingTimer } from './repeating.timer.js';

/** Logs an error every so often while anything is older than it may be: the line to call people by. */
@Injectable()
export class AlarmTimer extends RepeatingTimer {
  constructor(
    private readonly alarms: AlarmService,
    @Inject(SETTINGS) settings: Settings,
  ) {
    super(settings.ALARM_EVERY, 'Nobody could see whether anything is overdue');
  }

  protected async work(): Promise<void> {
    const alarm = await this.alarms.look();
    if (alarm) this.logger.error({ message: 'Somebody is needed: see /ops or `receipt status`', ...alarm });
  }
}
