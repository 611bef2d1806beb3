import { Inject, Injectable, Logger } from '@nestjs/common';
import { AlarmService } from '#libs/notifications/index.js';
import { SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { RepeatingTimer } from './repeating.timer.js';

/** Logs an error every so often while anything is older than it may be: the line to call people by. */
@Injectable()
export class AlarmTimer extends RepeatingTimer {
  private readonly logger = new Logger(AlarmTimer.name);

  constructor(
    private readonly alarms: AlarmService,
    @Inject(SETTINGS) settings: Settings,
  ) {
    super(settings.ALARM_EVERY);
  }

  protected async run(): Promise<void> {
    try {
      const alarm = await this.alarms.look();
      if (alarm) this.logger.error({ message: 'Somebody is needed: see /ops or `receipt status`', ...alarm });
    } catch (error) {
      this.logger.warn({ message: 'Nobody could see whether anything is overdue', err: error });
    }
  }
}
