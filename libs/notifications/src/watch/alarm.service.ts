import { Injectable } from '@nestjs/common';
import { StandingService } from '../standing/standing.service.js';
import { GuardPauses } from './guards/guard.pauses.js';
import type { GuardPause } from './guards/guard.pauses.js';
import { OutgoingService } from './outgoing.service.js';
import type { IllOfTwo, IllRelay, LateMails } from './outgoing.service.js';
import { WatchService } from './watch.service.js';

/** What is not as it has to be. Counts, times, and what the relay said, without addresses. */
export interface Alarm {
  /** A relay that does not take what it is asked to; null while it does. */
  relay: IllRelay | null;
  /** Mails that have been due for longer than `TELL_SOON`; null while there are none. */
  late: LateMails | null;
  /** One of two relays is ill, or both; null while they are well, or there is one. */
  second: IllOfTwo | null;
  /** What guards paused by themselves. */
  guards: GuardPause[];
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
    private readonly guards: GuardPauses,
    private readonly outgoing: OutgoingService,
    private readonly watch: WatchService,
    private readonly standings: StandingService,
  ) {}

  /** Undefined while nothing needs a person. */
  async look(now = new Date()): Promise<Alarm | undefined> {
    const { relay, late, second } = await this.outgoing.look(now);
    const guards = await this.guards.held();
    const groups = await this.watch.groups({}, now);
    const messages = await this.watch.parkedTooLong(now);
    const oldest = await this.watch.oldestUntold(now);
    const undelivered = await this.standings.undelivered(now);
    const counts = {
      mails: groups.reduce((sum, { mails }) => sum + mails, 0),
      submissions: undelivered.failure,
      messages,
    };
    const isHeld = guards.length > 0;
    if (!relay && !late && !second && !isHeld && Object.values(counts).every((count) => count === 0))
      return undefined;
    const oldestUntoldSeconds = oldest
      ? Math.floor((now.getTime() - oldest.openedAt.getTime()) / 1000)
      : null;
    return { relay, late, second, guards, ...counts, oldestUntoldSeconds };
  }
}
