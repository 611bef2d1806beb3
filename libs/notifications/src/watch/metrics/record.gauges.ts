import { Injectable, Logger } from '@nestjs/common';
import { Prepared, PrismaService, QuarantineKind, within } from '#libs/platform/index.js';
import { SendQueue } from '../../send/send.queue.js';
import { StandingService } from '../../standing/standing.service.js';
import { STANDINGS } from '../../standing/told.js';
import { LANES } from '../../terms/mail.kinds.js';
import type { Lane } from '../../terms/mail.kinds.js';
import { OutgoingService } from '../outgoing.service.js';
import { WatchService } from '../watch.service.js';
import type { Instruments } from './instruments.js';

/** Milliseconds: a scrape waits for ten seconds, and shall hear of the rest when Postgres or the queue says nothing. */
const ANSWER_WITHIN = 3_000;

/** Reads from the record what is true of the whole service. */
@Injectable()
export class RecordGauges {
  private readonly logger = new Logger(RecordGauges.name);

  constructor(
    private readonly prisma: PrismaService,
    private readonly watch: WatchService,
    private readonly outgoing: OutgoingService,
    private readonly standings: StandingService,
    private readonly queue: SendQueue,
  ) {}

  /** Sets all of them anew. What could not be read is missing then, rather than old. @param relay its host and port. */
  async read(to: Instruments, relay: string): Promise<void> {
    const [found] = await Promise.all([
      within(ANSWER_WITHIN, this.look()).catch((error: unknown) => {
        this.logger.warn({ message: 'The record could not be read for the metrics', err: error });
      }),
      ...LANES.map((lane) => this.readDepth(to, lane)),
    ]);
    to.databaseUp.set(found ? 1 : 0);
    for (const gauge of [to.oldestUntold, to.oldestDue, to.oldestUnknown, to.oldestParked]) gauge.remove();
    for (const gauge of [to.parked, to.standing, to.relayHealthy]) gauge.reset();
    if (found) set(to, relay, found);
  }

  private async readDepth(to: Instruments, lane: Lane): Promise<void> {
    const counts = await this.queue.depth(lane, ANSWER_WITHIN).catch(() => undefined);
    if (!counts) return to.queueDepth.remove({ lane });
    to.queueDepth.set({ lane }, sumOf(Object.values(counts)));
  }

  private async look(now = new Date()) {
    const [outgoing, untold, audit, parked, [oldest]] = await Promise.all([
      this.outgoing.look(now),
      this.watch.oldestUntold(now),
      this.standings.audit(now),
      this.watch.parked(),
      OLDEST.run(this.prisma.pool),
    ]);
    return { now, outgoing, untold, audit, parked, oldest };
  }
}

type Found = Awaited<ReturnType<RecordGauges['look']>>;

function set(to: Instruments, relay: string, { now, outgoing, untold, audit, parked, oldest }: Found): void {
  const secondsSince = (then?: Date | null) =>
    then ? Math.max(0, (now.getTime() - then.getTime()) / 1000) : 0;
  to.oldestUntold.set(secondsSince(untold?.openedAt));
  to.oldestDue.set(secondsSince(outgoing.since));
  to.oldestUnknown.set(secondsSince(oldest?.unknown));
  to.oldestParked.set(secondsSince(oldest?.parked));
  to.relayHealthy.set({ relay }, outgoing.relay ? 0 : 1);
  for (const kind of Object.values(QuarantineKind))
    to.parked.set(
      { kind },
      sumOf(parked.filter((group) => group.kind === kind).map(({ entries }) => entries)),
    );
  for (const axis of ['delivered', 'told'] as const)
    for (const standing of STANDINGS) to.standing.set({ axis, standing }, audit[axis][standing]);
}

function sumOf(numbers: number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}

export const OLDEST = new Prepared<[], { unknown: Date | null; parked: Date | null }>(
  'oldest unknown and parked',
  `SELECT (SELECT min(opened_at) FROM notifications WHERE state = 'unknown') AS unknown,
          (SELECT min(received_at) FROM quarantine WHERE resolved_at IS NULL) AS parked`,
);
