import { Injectable } from '@nestjs/common';
import { StandingService } from '../standing/standing.service.js';
import { WatchService } from './watch.service.js';

/** What is older than it may be. Counts and seconds only. */
export interface Alarm {
  /** Mails that need somebody: their taxpayers are untold, or nothing moves them. */
  mails: number;
  /** For how long the taxpayer who waits longest has been waiting; null when nobody is owed a mail. */
  oldestUntoldSeconds: number | null;
  /** Submissions that did not reach the authority. */
  submissions: number;
  /** Messages in quarantine that nobody could read or use, or that have waited for their return too long. */
  messages: number;
}

/** Says whether somebody is to be called. */
@Injectable()
export class AlarmService {
  constructor(
    private readonly watch: WatchService,
    private readonly standings: StandingService,
  ) {}

  /** Undefined while nothing needs a person. */
  async look(now = new Date()): Promise<Alarm | undefined> {
    const groups = await this.watch.groups({}, now);
    const messages = await this.watch.parkedTooLong(now);
    const oldest = await this.watch.oldestUntold(now);
    const undelivered = await this.standings.undelivered(now);
    const alarm = {
      mails: groups.reduce((sum, { mails }) => sum + mails, 0),
      submissions: undelivered.failure,
      messages,
    };
    if (Object.values(alarm).every((count) => count === 0)) return undefined;
    const oldestUntoldSeconds = oldest
      ? Math.floor((now.getTime() - oldest.openedAt.getTime()) / 1000)
      : null;
    return { ...alarm, oldestUntoldSeconds };
  }
}
