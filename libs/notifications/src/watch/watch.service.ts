import { Inject, Injectable } from '@nestjs/common';
import { PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Prisma, QuarantineKind, Settings } from '#libs/platform/index.js';
import { KeptReceipts } from '../receipts/kept.receipts.js';
import type { KeptReceipt } from '../receipts/kept.receipts.js';
import type { MailFilter } from '../standing/mail.filter.js';
import { MailSearch } from '../standing/mail.search.js';
import { needOf, needReasonOf } from '../standing/need.js';
import type { Need } from '../standing/need.js';
import { whereParked } from '../quarantine/quarantine.filter.js';
import type { QuarantineFilter } from '../quarantine/quarantine.filter.js';
import { quarantineView } from '../quarantine/quarantine.service.js';

/** Mails that need the same of a person. */
export interface NeedGroup {
  need: Need;
  reason: string | null;
  templates: string[];
  mails: number;
  /** When the oldest of them was opened. */
  since: Date;
}

/** Messages that could not be applied for the same reason. */
export interface ParkedGroup {
  kind: QuarantineKind;
  reason: string;
  /** The reason of one of them in a sentence, without values. */
  detail: string;
  entries: number;
  since: Date;
}

/** A mail that needs a person, with its last try and, where it came back, the bounce. Neither address nor contents. */
export type NeedyMail = Row & { need: Need; bounce: KeptReceipt | null };

type Row = Prisma.NotificationGetPayload<{ select: typeof shown }>;

const shown = {
  id: true,
  taxReturnId: true,
  template: true,
  occurrence: true,
  incident: true,
  state: true,
  reason: true,
  bouncedAt: true,
  bounceReason: true,
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
    private readonly search: MailSearch,
    private readonly receipts: KeptReceipts,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** The mail that has been owed for the longest time; undefined when nobody waits. One for which it is too early owes nothing. */
  async oldestUntold(now = new Date()): Promise<NeedyMail | undefined> {
    const { attempt } = this.prisma.notification.fields;
    const row = await this.prisma.notification.findFirst({
      where: {
        isTold: false,
        NOT: { state: 'queued', dueAt: { gt: now }, triedBefore: { equals: attempt } },
      },
      select: shown,
      orderBy: [{ openedAt: 'asc' }, { id: 'asc' }],
    });
    const [oldest] = await this.needy(row ? [row] : []);
    return oldest;
  }

  /** What mails need that fit, by need and reason, the longest wait first. */
  async groups(filter: MailFilter = {}, now = new Date()): Promise<NeedGroup[]> {
    const rows = await this.prisma.notification.groupBy({
      by: ['template', 'state', 'reason', 'bounceReason'],
      where: await this.where(filter, now),
      _count: true,
      _min: { openedAt: true },
    });
    const groups = new Map<string, NeedGroup>();
    for (const { template, _count, _min, ...row } of rows) {
      const [need, reason, opened] = [needOf(row.state), needReasonOf(row), _min.openedAt ?? now];
      const key = `${need} ${reason}`;
      const { templates = [], mails = 0, since = opened } = groups.get(key) ?? {};
      groups.set(key, {
        need,
        reason,
        templates: [...new Set([...templates, template])].toSorted(),
        mails: mails + _count,
        since: since < opened ? since : opened,
      });
    }
    return [...groups.values()].toSorted((a, b) => a.since.getTime() - b.since.getTime());
  }

  /** The mails themselves, the longest wait first. */
  async mails(filter: MailFilter, limit: number, now = new Date()): Promise<NeedyMail[]> {
    const rows = await this.prisma.notification.findMany({
      where: await this.where(filter, now),
      select: shown,
      orderBy: [{ openedAt: 'asc' }, { id: 'asc' }],
      take: limit,
    });
    return this.needy(rows);
  }

  /** What waits in quarantine, by kind and reason, the longest wait first. */
  async parked(): Promise<ParkedGroup[]> {
    const rows = await this.prisma.quarantineEntry.groupBy({
      by: ['kind', 'reason'],
      where: { resolvedAt: null },
      _count: true,
      _min: { receivedAt: true, detail: true },
    });
    return rows
      .map(({ kind, reason, _count, _min }) => ({
        kind,
        reason,
        detail: _min.detail ?? '',
        entries: _count,
        since: _min.receivedAt ?? new Date(),
      }))
      .toSorted((a, b) => a.since.getTime() - b.since.getTime());
  }

  /** How many need a person: what nobody could read or use, and what has waited for its return longer than telling may take. */
  parkedTooLong(now = new Date()): Promise<number> {
    const since = new Date(now.getTime() - this.settings.TOLD_WITHIN);
    const waits: Prisma.QuarantineEntryWhereInput = { kind: 'unmatched', receivedAt: { gt: since } };
    return this.prisma.quarantineEntry.count({ where: { resolvedAt: null, NOT: waits } });
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

  private async needy(rows: Row[]): Promise<NeedyMail[]> {
    const bounces = await this.receipts.decidingFor(rows);
    return rows.map((row) => ({
      ...row,
      need: needOf(row.state),
      reason: needReasonOf(row),
      bounce: bounces.get(row.id) ?? null,
    }));
  }

  private where(filter: MailFilter, now: Date): Promise<Prisma.NotificationWhereInput> {
    return this.search.where({ ...filter, need: filter.need ?? 'any' }, now);
  }
}
