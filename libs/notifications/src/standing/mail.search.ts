import { Inject, Injectable } from '@nestjs/common';
import { PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Prisma, Settings } from '#libs/platform/index.js';
import { HOLDING_STATES } from '../terms/held.batches.js';
import { whereBecame } from './became.js';
import { whereAfter } from './mail.filter.js';
import type { MailFilter, Place } from './mail.filter.js';
import { whereNeedy } from './need.js';
import type { HeldBack } from './need.js';
import { whereStanding } from './told.js';

/** Finds the mails that a filter is about. */
@Injectable()
export class MailSearch {
  constructor(
    private readonly prisma: PrismaService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** The filter as a condition. What somebody has paused is read when the filter asks what a mail needs. */
  async where(filter: MailFilter, now = new Date()): Promise<Prisma.NotificationWhereInput> {
    const {
      ids,
      template,
      state,
      reason,
      standing,
      need,
      became,
      batchId,
      incident,
      taxReturnId,
      since,
      until,
    } = filter;
    return {
      id: ids && { in: ids },
      template,
      state,
      batchId,
      incident,
      taxReturnId,
      requestedAt: { gte: since, lt: until },
      AND: [
        reason ? { OR: [{ reason }, { bounceReason: reason }] } : {},
        standing ? whereStanding(standing, now, this.settings.TOLD_WITHIN) : {},
        became ? whereBecame(became) : {},
        need ? whereNeedy(need, now, this.settings, await this.held()) : {},
      ],
    };
  }

  /**
   * The ids of the mails that fit, newest first, a part at a time: as little memory for a million as for ten. A mail that
   * is asked for meanwhile stands before the place where the walk is, so it is not met.
   */
  async *walk(filter: MailFilter, size: number, now = new Date()): AsyncGenerator<string[]> {
    const where = await this.where(filter, now);
    let last: Place | undefined;
    do {
      const rows: { id: string; requestedAt: Date }[] = await this.prisma.notification.findMany({
        where: { AND: [where, last ? whereAfter(last) : {}] },
        select: { id: true, requestedAt: true },
        orderBy: [{ requestedAt: 'desc' }, { id: 'desc' }],
        take: size,
      });
      if (rows.length > 0) yield rows.map(({ id }) => id);
      const end = rows.length === size ? rows.at(-1) : undefined;
      last = end && { at: end.requestedAt, id: end.id };
    } while (last);
  }

  private async held(): Promise<HeldBack> {
    const pauses = await this.prisma.pause.findMany({ select: { template: true } });
    const batches = await this.prisma.batch.findMany({
      where: { state: { in: [...HOLDING_STATES] } },
      select: { id: true },
    });
    return { pauses: pauses.map(({ template }) => template), batches: batches.map(({ id }) => id) };
  }
}
