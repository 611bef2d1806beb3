import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/platform/index.js';
import type { Acting } from '../audit/audit.trail.js';
import { BatchService } from '../batch/batch.service.js';
import { keptOf } from '../batch/batch.filter.js';
import { whereParked } from '../quarantine/quarantine.filter.js';
import type { QuarantineFilter } from '../quarantine/quarantine.filter.js';
import { MOST_AT_ONCE } from './many.js';

/** Replays of so many that nobody waits for them: a batch, with its report, its approval and its results. */
@Injectable()
export class ReplayLists {
  constructor(
    private readonly prisma: PrismaService,
    private readonly batches: BatchService,
  ) {}

  /**
   * The batch that is made where the filter finds more than {@link MOST_AT_ONCE}; undefined where it finds fewer.
   * @param order with `dryRun` its batch ends with the report.
   */
  async listed(
    filter: QuarantineFilter,
    { actor, reason, ...ordered }: Acting & { cap?: number; dryRun: boolean },
  ): Promise<string | undefined> {
    const found = await this.prisma.quarantineEntry.count({
      where: whereParked(filter),
      take: MOST_AT_ONCE + 1,
    });
    if (found <= MOST_AT_ONCE) return undefined;
    const kept = keptOf(filter);
    return this.batches.find(
      { action: 'replay', ordered },
      { kind: 'parked', filter: kept },
      { actor, reason },
    );
  }
}
