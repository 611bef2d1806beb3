import { Inject, Injectable } from '@nestjs/common';
import { PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import type { DayCounts } from './service-level.counting.js';
import { BECAME_OF_DAY } from './service-level.statements.js';
import type { BecameOfDay } from './service-level.statements.js';
import { addedUp, atMost } from './wait.rules.js';

/** Counts of a day or of several, and what they come to. */
export interface ServiceLevel {
  /** All that were asked for; each became one of `became`. */
  mails: number;
  became: Record<BecameOfDay, number>;
  /** Of all: what the service level does not count. */
  apart: { listed: number; ordered: number };
  /** What it counts: asked for at once, and to be handed over. */
  owed: number;
  /** Of these: a relay took them in time. */
  inTime: number;
  /** Of these: asked for more than once, and judged by the last time. */
  askedAgain: number;
  /** Between 0 and 1; null where nothing was owed. */
  share: number | null;
  /** Milliseconds that this part of them waited at most until a relay took them. Null without any; Infinity for more than a day. */
  waits: { p50: number | null; p95: number | null; p99: number | null };
}

/** The service level of one day. */
export interface ServiceLevelOfDay extends ServiceLevel {
  /** As `2026-04-15`, in UTC. */
  day: string;
  /** When it was last counted; null where that was not done yet. */
  countedAt: Date | null;
  /** No receipt changes it any more. */
  isFinal: boolean;
}

/** The service level from one day to another, both included. */
export interface ServiceLevelLook {
  aim: { withinMs: number; share: number };
  days: ServiceLevelOfDay[];
  total: ServiceLevel;
}

/** How many days back people look. */
export const LEVEL_SPANS = { '7d': 7, '30d': 30, '90d': 90 } as const;
export type LevelSpan = keyof typeof LEVEL_SPANS;

/** Days of one look at most. */
export const MOST_DAYS = 400;

const DAY = 86_400_000;

/** The days up to today. */
export function daysBack(count: number, now: Date): { from: string; to: string } {
  return { from: dayOf(new Date(now.getTime() - (count - 1) * DAY)), to: dayOf(now) };
}

/** Its day in UTC. */
export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** How many days there are from one to another, both included. */
export function daysFrom(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY) + 1;
}

/** Says how soon mails are handed over, and what becomes of them, day by day: the one series for pages, terminal and HTTP. */
@Injectable()
export class ServiceLevelService {
  constructor(
    private readonly prisma: PrismaService,
    @Inject(SETTINGS)
    private readonly settings: Pick<Settings, 'SERVICE_LEVEL_WITHIN' | 'SERVICE_LEVEL_SHARE'>,
  ) {}

  /**
   * As the workers last counted it; nothing is counted here. Each day is there, also one that nobody counted.
   * @param from as `2026-04-15`, at most {@link MOST_DAYS} before `to`.
   */
  async look({ from, to }: { from: string; to: string }): Promise<ServiceLevelLook> {
    const rows = await this.prisma.serviceLevelDay.findMany({
      where: { day: { gte: new Date(from), lte: new Date(to) }, countedAt: { not: null } },
    });
    const kept = new Map(rows.map((row) => [dayOf(row.day), row]));
    const days = Array.from({ length: daysFrom(from, to) }, (_, place) => {
      const day = dayOf(new Date(Date.parse(from) + place * DAY));
      const row = kept.get(day);
      return {
        day,
        countedAt: row?.countedAt ?? null,
        isFinal: row?.finalAt != null,
        ...levelOf(row ? [row] : []),
      };
    });
    const { SERVICE_LEVEL_WITHIN: withinMs, SERVICE_LEVEL_SHARE: share } = this.settings;
    return { aim: { withinMs, share }, days, total: levelOf(rows) };
  }
}

function levelOf(days: Omit<DayCounts, 'withinMs'>[]): ServiceLevel {
  const sum = (one: Exclude<keyof DayCounts, 'waits' | 'withinMs'>) =>
    days.reduce((total, day) => total + day[one], 0);
  const [owed, inTime] = [sum('owed'), sum('inTime')];
  const waits = addedUp(days.map((day) => day.waits));
  return {
    mails: sum('mails'),
    became: Object.fromEntries(BECAME_OF_DAY.map((one) => [one, sum(one)])) as Record<BecameOfDay, number>,
    apart: { listed: sum('listed'), ordered: sum('ordered') },
    owed,
    inTime,
    askedAgain: sum('askedAgain'),
    share: owed === 0 ? null : inTime / owed,
    waits: { p50: atMost(waits, 0.5), p95: atMost(waits, 0.95), p99: atMost(waits, 0.99) },
  };
}
