import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/platform/index.js';
import type { Prisma, QuarantineKind } from '#libs/platform/index.js';
import type { Acting } from '../audit/audit.trail.js';
import { OUTCOMES } from '../terms/entries.js';
import { ReplayService } from '../receive/replay.service.js';
import { whereParked } from '../quarantine/quarantine.filter.js';
import type { QuarantineFilter } from '../quarantine/quarantine.filter.js';
import { ActionRefused } from '../audit/refusal.js';
import { counted } from '../terms/counted.js';

export interface ReplayOrder extends Acting {
  /** Refused whole when more entries than this are found. Default {@link DEFAULT_REPLAY_CAP}. */
  cap?: number;
  onProgress?: (seen: number) => void;
}

/** What a replay would take, by reason. */
export interface ReplayPlan {
  matching: number;
  reasons: { kind: QuarantineKind; reason: string; entries: number }[];
  /** The ids of the oldest of them. */
  sample: string[];
}

/** How the entries of the replayed ones ended. A message that is taken apart has several. */
export type ReplayResult = { matching: number; failed: number } & Record<(typeof OUTCOMES)[number], number>;

export const DEFAULT_REPLAY_CAP = 1000;
const CHUNK = 200;

/** Puts many parked entries through their doors again. */
@Injectable()
export class QuarantineReplays {
  constructor(
    private readonly prisma: PrismaService,
    private readonly replays: ReplayService,
  ) {}

  /** The dry run. @throws ActionRefused `above-cap`, where a cap is named, as {@link replay} would. */
  async plan(filter: QuarantineFilter, cap?: number): Promise<ReplayPlan> {
    const where = whereParked(filter);
    const groups = await this.prisma.quarantineEntry.groupBy({
      by: ['kind', 'reason'],
      where,
      _count: { _all: true },
      orderBy: [{ kind: 'asc' }, { reason: 'asc' }],
    });
    const sample = await this.prisma.quarantineEntry.findMany({
      where,
      select: { id: true },
      orderBy: { id: 'asc' },
      take: 10,
    });
    const reasons = groups.map(({ kind, reason, _count }) => ({ kind, reason, entries: _count._all }));
    const matching = reasons.reduce((sum, { entries }) => sum + entries, 0);
    if (cap !== undefined) refuseAbove(cap, matching);
    return {
      matching,
      reasons,
      sample: sample.map(({ id }) => id),
    };
  }

  /**
   * Oldest first, one by one; what fails again stays with its newest reason. Replaying twice applies once.
   * @throws ActionRefused `above-cap`; nothing is replayed then.
   */
  async replay(
    filter: QuarantineFilter,
    { actor, reason, cap = DEFAULT_REPLAY_CAP, onProgress }: ReplayOrder,
  ): Promise<ReplayResult> {
    const where = whereParked(filter);
    refuseAbove(cap, await this.prisma.quarantineEntry.count({ where }));
    const result: ReplayResult = { matching: 0, failed: 0, applied: 0, duplicate: 0, parked: 0, refused: 0 };
    let last: string | undefined;
    do {
      const ids = await this.nextIds(where, last);
      for (const id of ids) await this.replayOne(id, { actor, reason }, result);
      onProgress?.(result.matching);
      last = ids.length === CHUNK ? ids.at(-1) : undefined;
    } while (last !== undefined);
    return result;
  }

  /** One that cannot be stored now does not keep the next from its turn; what somebody dismissed meanwhile is not counted. */
  private async replayOne(id: string, acting: Acting, result: ReplayResult): Promise<void> {
    try {
      for (const { outcome } of (await this.replays.replay(id, acting)) ?? []) result[outcome] += 1;
    } catch (error) {
      if (error instanceof ActionRefused) return;
      result.failed += 1;
    }
    result.matching += 1;
  }

  private async nextIds(
    where: Prisma.QuarantineEntryWhereInput,
    after: string | undefined,
  ): Promise<string[]> {
    const rows = await this.prisma.quarantineEntry.findMany({
      where: { AND: [where, { id: { gt: after } }] },
      select: { id: true },
      orderBy: { id: 'asc' },
      take: CHUNK,
    });
    return rows.map(({ id }) => id);
  }
}

/** @throws ActionRefused `above-cap` */
function refuseAbove(cap: number, found: number): void {
  if (found > cap)
    throw new ActionRefused(
      'above-cap',
      `${counted(found, 'entry', 'entries')} would be replayed, and the cap is ${cap}. Nothing was done. Narrow the filter, or raise the cap to ${found}.`,
    );
}
