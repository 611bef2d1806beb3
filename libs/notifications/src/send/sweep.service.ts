import { Injectable, Logger } from '@nestjs/common';
import { PrismaService } from '#libs/platform/index.js';
import { LANES } from '../terms/mail.kinds.js';
import { NotificationStates } from './notification.state.js';
import { ReplayService } from '../receive/replay.service.js';
import { SendQueue } from './send.queue.js';
import { SendService } from './send.service.js';
import { RowCounts } from '../standing/row.counts.js';

/** How many rows of each kind one sweep moved. */
export interface SweepResult {
  released: number;
  unknown: number;
  addressed: number;
  queued: number;
  replayed: number;
}

/** Rows of each kind in one sweep: a large backlog is worked off over several. */
const LIMIT = 1000;

/** Finds rows that should have moved and moves them. Several workers may sweep at once; sweeping twice changes nothing. */
@Injectable()
export class SweepService {
  private readonly logger = new Logger(SweepService.name);

  constructor(
    private readonly states: NotificationStates,
    private readonly sends: SendService,
    private readonly queue: SendQueue,
    private readonly replays: ReplayService,
    private readonly prisma: PrismaService,
    private readonly rows: RowCounts,
  ) {}

  async sweep(): Promise<SweepResult> {
    const released = await this.states.releaseUnsent(LIMIT);
    const lost = await this.states.lostAfterData(LIMIT);
    const resent = [];
    for (const row of lost) {
      const again = await this.states.settle(
        row,
        { outcome: 'unknown', reason: 'worker-lost' },
        this.sends.afterUnknown(row.template),
      );
      if (again) resent.push(again);
    }
    const addressed = await this.states.releaseAddressed(LIMIT);
    const overdue = (await Promise.all(LANES.map((lane) => this.states.overdue(lane, LIMIT)))).flat();
    await this.queue.enqueue([...released, ...resent, ...addressed, ...overdue]);
    const replayed = await this.replayMatched();
    await this.rows.addUp();
    const result = {
      released: released.length,
      unknown: lost.length,
      addressed: addressed.length,
      queued: overdue.length,
      replayed,
    };
    if (Object.values(result).some((count) => count > 0))
      this.logger.warn({ message: 'The sweep moved what had been left behind', ...result });
    return result;
  }

  /** Parked entries whose submission, tax return or mail has turned up although nobody replayed them. */
  private async replayMatched(): Promise<number> {
    const rows = await this.prisma.$queryRaw<{ id: string }[]>`
      SELECT q.id FROM quarantine q
      WHERE q.kind = 'unmatched' AND q.resolved_at IS NULL AND (
        EXISTS (SELECT 1 FROM submissions s WHERE s.submission_id = q.submission_id)
        OR (q.reason = 'unknown-tax-return' AND EXISTS (SELECT 1 FROM tax_returns t WHERE t.id = q.tax_return_id))
        OR (q.reason = 'no-submission' AND EXISTS (SELECT 1 FROM submissions s WHERE s.tax_return_id = q.tax_return_id))
        OR (q.reason = 'awaits-adoption' AND (
          SELECT s.submission_id IS NULL FROM submissions s WHERE s.tax_return_id = q.tax_return_id
          ORDER BY s.created_at DESC, s.id DESC LIMIT 1))
        OR EXISTS (SELECT 1 FROM notifications n JOIN deliveries d ON d.notification_id = n.id
          WHERE n.id = q.notification_id AND n.state <> 'sending' AND d.outcome IN ('accepted', 'unknown')))
      ORDER BY q.id LIMIT ${LIMIT}`;
    await this.replays.replayAll(rows.map((row) => row.id));
    return rows.length;
  }
}
