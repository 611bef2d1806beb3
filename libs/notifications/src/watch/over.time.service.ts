import { Inject, Injectable } from '@nestjs/common';
import { PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { whereStanding } from '../request/told.js';
import type { Standing } from '../request/told.js';
import { inScope, SUBMISSIONS_WITH_REMEDIATION } from '../standing/delivered.sql.js';

/** Where what began in a stretch of time stands now. */
export interface Stretch extends Record<Standing, number> {
  from: Date;
}

/** A span of time in stretches of one length. */
export interface Span {
  from: Date;
  /** Milliseconds of a stretch. */
  step: number;
  /** How many stretches. */
  count: number;
}

/** Counts by standing over time, derived anew from the facts each time it is asked. */
@Injectable()
export class OverTimeService {
  constructor(
    private readonly prisma: PrismaService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Mails by when they were asked for: was the taxpayer told? */
  told(span: Span, now = new Date()): Promise<Stretch[]> {
    return countEach(span, (standing, requestedAt) =>
      this.prisma.notification.count({
        where: { requestedAt, AND: whereStanding(standing, now, this.settings.TOLD_WITHIN) },
      }),
    );
  }

  /** Submissions by when they were made: did they reach the authority? */
  delivered(span: Span, now = new Date()): Promise<Stretch[]> {
    const boxes = { primary: this.settings.DELIVERED_WITHIN, backup: this.settings.BACKUP_DELIVERED_WITHIN };
    return countEach(span, async (standing, { gte, lt }) => {
      const [row] = await this.prisma.$queryRaw<{ rows: number }[]>`
        SELECT count(*)::int AS rows FROM ${SUBMISSIONS_WITH_REMEDIATION}
        WHERE s.created_at >= ${gte} AND s.created_at < ${lt} AND ${inScope(standing, now, boxes)}`;
      return row?.rows ?? 0;
    });
  }
}

type During = { gte: Date; lt: Date };

/** By the one definition, so a count for each standing and stretch. */
async function countEach(
  span: Span,
  count: (standing: Standing, during: During) => Promise<number>,
): Promise<Stretch[]> {
  const stretches: Stretch[] = [];
  for (const { from, until } of stretchesOf(span)) {
    const during = { gte: from, lt: until };
    const [success, open, failure] = await Promise.all([
      count('success', during),
      count('in-process', during),
      count('failure', during),
    ]);
    stretches.push({ from, success, 'in-process': open, failure });
  }
  return stretches;
}

function stretchesOf({ from, step, count }: Span): { from: Date; until: Date }[] {
  const at = (place: number) => new Date(from.getTime() + place * step);
  return Array.from({ length: count }, (_, place) => ({ from: at(place), until: at(place + 1) }));
}
