import { Inject, Injectable } from '@nestjs/common';
import { PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Prisma, QuarantineKind, Settings } from '#libs/platform/index.js';
import { whereParked } from '../operate/quarantine.replays.js';
import type { QuarantineFilter } from '../operate/quarantine.replays.js';
import { quarantineView } from '../receive/quarantine.service.js';
import type { Template } from '../request/notification.template.js';
import { whereStanding } from '../request/told.js';
import { needOf, whereNeedy } from './need.js';
import type { Need } from './need.js';

/** Which mails somebody looks at. What is absent does not count. */
export interface WatchFilter {
  need?: Need;
  template?: Template;
  reason?: string;
  taxReturnId?: string;
  /** Asked for at or after this instant. */
  since?: Date;
  /** Asked for before this instant. */
  until?: Date;
}

/** Mails that need the same of a person. */
export interface NeedGroup {
  need: Need;
  reason: string | null;
  mails: number;
  /** When the oldest of them was opened. */
  since: Date;
}

/** Messages that could not be applied for the same reason. */
export interface ParkedGroup {
  kind: QuarantineKind;
  reason: string;
  entries: number;
  since: Date;
}

/** A mail that needs a person, with its last try. Neither address nor contents. */
export type NeedyMail = Prisma.NotificationGetPayload<{ select: typeof shown }> & { need: Need };

const shown = {
  id: true,
  taxReturnId: true,
  template: true,
  occurrence: true,
  incident: true,
  state: true,
  reason: true,
  attempt: true,
  dueAt: true,
  openedAt: true,
  deliveries: {
    select: { attempt: true, outcome: true, responseCode: true, response: true, openedAt: true },
    orderBy: { attempt: 'desc' },
    take: 1,
  },
} as const satisfies Prisma.NotificationSelect;

/** What on-call looks at first: who waits for how long, and what does not move without a person. */
@Injectable()
export class WatchService {
  constructor(
    private readonly prisma: PrismaService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** The mail that has been owed for the longest time; undefined when nobody waits. One for which it is too early owes nothing. */
  async oldestUntold(now = new Date()): Promise<NeedyMail | undefined> {
    const { attempt } = this.prisma.notification.fields;
    const row = await this.prisma.notification.findFirst({
      where: {
        OR: [
          whereStanding('failure', now, this.settings.TOLD_WITHIN),
          whereStanding('in-process', now, this.settings.TOLD_WITHIN),
        ],
        NOT: { state: 'queued', dueAt: { gt: now }, triedBefore: { equals: attempt } },
      },
      select: shown,
      orderBy: [{ openedAt: 'asc' }, { id: 'asc' }],
    });
    return row ? { ...row, need: needOf(row.state) } : undefined;
  }

  /** What mails need, by need and reason, the longest wait first. */
  async groups(filter: WatchFilter, now = new Date()): Promise<NeedGroup[]> {
    const rows = await this.prisma.notification.groupBy({
      by: ['state', 'reason'],
      where: this.where(filter, now),
      _count: true,
      _min: { openedAt: true },
    });
    const groups = new Map<string, NeedGroup>();
    for (const { state, reason, _count, _min } of rows) {
      const [need, opened] = [needOf(state), _min.openedAt ?? now];
      const key = `${need} ${reason}`;
      const { mails = 0, since = opened } = groups.get(key) ?? {};
      groups.set(key, { need, reason, mails: mails + _count, since: since < opened ? since : opened });
    }
    return [...groups.values()].toSorted((a, b) => a.since.getTime() - b.since.getTime());
  }

  /** The mails themselves, the longest wait first. */
  async mails(filter: WatchFilter, limit: number, now = new Date()): Promise<NeedyMail[]> {
    const rows = await this.prisma.notification.findMany({
      where: this.where(filter, now),
      select: shown,
      orderBy: [{ openedAt: 'asc' }, { id: 'asc' }],
      take: limit,
    });
    return rows.map((row) => ({ ...row, need: needOf(row.state) }));
  }

  /** What waits in quarantine, by kind and reason, the longest wait first. */
  async parked(): Promise<ParkedGroup[]> {
    const rows = await this.prisma.quarantineEntry.groupBy({
      by: ['kind', 'reason'],
      where: { resolvedAt: null },
      _count: true,
      _min: { receivedAt: true },
    });
    return rows
      .map(({ kind, reason, _count, _min }) => ({
        kind,
        reason,
        entries: _count,
        since: _min.receivedAt ?? new Date(),
      }))
      .toSorted((a, b) => a.since.getTime() - b.since.getTime());
  }

  /** The entries themselves, the longest wait first. Their bodies stay sealed. */
  parkedEntries(filter: QuarantineFilter, limit: number) {
    return this.prisma.quarantineEntry.findMany({
      where: whereParked(filter),
      select: quarantineView,
      orderBy: [{ receivedAt: 'asc' }, { id: 'asc' }],
      take: limit,
    });
  }

  private where(filter: WatchFilter, now: Date): Prisma.NotificationWhereInput {
    const { need, template, reason, taxReturnId, since, until } = filter;
    return {
      template,
      reason,
      taxReturnId,
      requestedAt: { gte: since, lt: until },
      AND: whereNeedy(need, now, this.settings),
    };
  }
}
