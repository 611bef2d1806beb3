import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/platform/index.js';
import { BatchService } from '../batch/batch.service.js';
import type { Calling } from '../batch/batch.service.js';
import { keptOf } from '../batch/batch.filter.js';
import { whereParked } from '../quarantine/quarantine.filter.js';
import type { QuarantineFilter } from '../quarantine/quarantine.filter.js';
import { MOST_AT_ONCE } from './many.js';
import { DEFAULT_REPLAY_CAP } from './quarantine.replays.js';

/** Replays of so many that nobody waits for them: a batch, with its report, its approval and its results. */
@Injectable()
export class ReplayLists {
  constructor(
    private readonly prisma: PrismaService,
    private readonly batches: BatchService,
  ) {}

  /**
   * The batch that is made where the filter finds more than {@link MOST_AT_ONCE}; undefined where it finds fewer. What this very call
   * made before is that batch, however many it would find by now.
   * @param order with `dryRun` its batch ends with the report; with more than the cap ready it is not started.
   */
  async listed(
    filter: QuarantineFilter,
    { actor, reason, source, cap = DEFAULT_REPLAY_CAP, dryRun }: Calling & { cap?: number; dryRun: boolean },
  ): Promise<string | undefined> {
    const made = source === undefined ? undefined : await this.batches.madeBy(source);
    if (made !== undefined) return made;
    const found = await this.prisma.quarantineEntry.count({
      where: whereParked(filter),
      take: MOST_AT_ONCE + 1,
    });
    if (found <= MOST_AT_ONCE) return undefined;
    return this.batches.find(
      { action: 'replay', ordered: { cap, dryRun } },
      { kind: 'parked', filter: keptOf(filter) },
      { actor, reason, source },
    );
  }
}
