import { Injectable, Logger } from '@nestjs/common';
import { LANES } from '../terms/mail.kinds.js';
import { NotificationWrites } from './notification.writes.js';
import { RelayUseService } from './relay.use.service.js';
import { SendQueue } from './send.queue.js';
import { SendService } from './send.service.js';
import { RowCounts } from '../standing/row.counts.js';

/** How many rows of each kind one sweep moved. */
export interface SweepResult {
  released: number;
  unknown: number;
  addressed: number;
  queued: number;
  /** They waited for a relay by which no mails go now. */
  forward: number;
}

/** Rows of each kind in one sweep: a large backlog is worked off over several. */
const LIMIT = 1000;

/** Finds notifications that should have moved and moves them. Several workers may sweep at once; sweeping twice changes nothing. */
@Injectable()
export class SweepService {
  private readonly logger = new Logger(SweepService.name);

  constructor(
    private readonly writes: NotificationWrites,
    private readonly sends: SendService,
    private readonly queue: SendQueue,
    private readonly rows: RowCounts,
    private readonly relays: RelayUseService,
  ) {}

  async sweep(): Promise<SweepResult> {
    const released = await this.writes.releaseUnsent(LIMIT);
    const lost = await this.writes.lostAfterData(LIMIT);
    const resent = [];
    for (const row of lost) {
      const again = await this.writes.settle(
        row,
        { outcome: 'unknown', reason: 'worker-lost' },
        this.sends.afterUnknown(row.template, 'worker-lost'),
      );
      if (again) resent.push(again);
    }
    const addressed = await this.writes.releaseAddressed(LIMIT);
    const overdue = (await Promise.all(LANES.map((lane) => this.writes.overdue(lane, LIMIT)))).flat();
    await this.queue.enqueue([...released, ...resent, ...addressed, ...overdue]);
    const forward = await this.relays.keepUp();
    await this.rows.addUp();
    const result = {
      released: released.length,
      unknown: lost.length,
      addressed: addressed.length,
      queued: overdue.length,
      forward,
    };
    this.report(result);
    return result;
  }

  /** What waited without a job is found here by design. What a worker had in its hands says that it died. */
  private report(result: SweepResult): void {
    if (result.released + result.unknown > 0)
      this.logger.warn({ message: 'The sweep moved what a worker that is gone had left behind', ...result });
    else if (result.addressed + result.queued > 0)
      this.logger.log({ message: 'The sweep queued what had waited without a job', ...result });
  }
}
