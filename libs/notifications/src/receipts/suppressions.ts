import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import { PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings, Transaction } from '#libs/platform/index.js';
import { AuditTrail, NOBODY } from '../audit/audit.trail.js';
import type { Acting } from '../audit/audit.trail.js';
import { lockNames } from '../returns/return.store.js';
import type { Receipt } from './receipt.js';
import { ReturnAddresses } from './return.addresses.js';

/** Why nothing is sent to an address; the graver ones first. */
export const SUPPRESSION_REASONS = ['complaint', 'hard-bounce', 'soft-bounces'] as const;
export type SuppressionReason = (typeof SUPPRESSION_REASONS)[number];

/** A receipt that may speak against the address that the mail went to. */
export type Speaking = Pick<Receipt, 'kind' | 'bounceType' | 'occurredAt' | 'notificationId'> & {
  addressHash: string;
  taxReturnId: string;
};

/** A suppression that holds. */
export interface HeldSuppression {
  addressHash: string;
  reason: string;
  /** The mail whose receipt brought it about. */
  notificationId: string;
  createdAt: Date;
  expiresAt: Date;
}

export interface SuppressionFilter {
  taxReturnId?: string;
  /** True: those that hold now. */
  active: boolean;
  after?: { at: Date; id: string };
  limit: number;
}

/** Everything but the hash of the address. */
const view = {
  id: true,
  reason: true,
  notificationId: true,
  taxReturnId: true,
  createdAt: true,
  expiresAt: true,
  liftedAt: true,
} as const;

/** Addresses that nothing is sent to. A mail that is due to one is withheld before its conversation (NotificationWrites.open). */
@Injectable()
export class Suppressions {
  constructor(
    private readonly prisma: PrismaService,
    private readonly addresses: ReturnAddresses,
    private readonly trail: AuditTrail,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** In the transaction that records the receipt, after it. An address has one suppression at a time, which may grow. */
  async heed(tx: Transaction, speaking: Speaking): Promise<void> {
    const { notificationId, taxReturnId } = speaking;
    const hashes = await this.addresses.hashesLike(tx, speaking);
    const [addressHash = speaking.addressHash] = hashes;
    await lockNames(tx, [`suppression of ${addressHash}`]);
    const known = await tx.suppression.findMany({ where: { addressHash: { in: hashes } } });
    // Whoever lifted it knew better than what happened before.
    const liftedAt = known.reduce((last, one) => later(last, one.liftedAt ?? last), new Date(0));
    if (liftedAt >= speaking.occurredAt) return;
    const found = await this.foundAgainst(tx, speaking, hashes, liftedAt);
    if (!found || found.until <= new Date()) return;
    const held = known.find(({ liftedAt, expiresAt }) => liftedAt === null && expiresAt > new Date());
    if (held)
      await tx.suppression.update({
        where: { id: held.id },
        data: { reason: graver(held.reason, found.reason), expiresAt: later(held.expiresAt, found.until) },
      });
    else
      await tx.suppression.create({
        data: {
          id: uuid(),
          addressHash,
          notificationId,
          taxReturnId,
          reason: found.reason,
          expiresAt: found.until,
        },
      });
  }

  /** Those of these addresses that hold now: one query, however many addresses. */
  async held(tx: Transaction, addressHashes: string[]): Promise<HeldSuppression[]> {
    const rows = await tx.suppression.findMany({
      where: { addressHash: { in: addressHashes }, ...holding(new Date()) },
      select: { addressHash: true, reason: true, notificationId: true, createdAt: true, expiresAt: true },
    });
    return rows.flatMap(({ addressHash, ...row }) => (addressHash === null ? [] : [{ addressHash, ...row }]));
  }

  /** Newest first. By tax return: those that its mails brought about, and those of its addresses, whoever did. */
  async page({ taxReturnId, active, after, limit }: SuppressionFilter) {
    const now = new Date();
    const ofReturn = taxReturnId && {
      OR: [
        { taxReturnId },
        { addressHash: { in: (await this.addresses.hashesOf(this.prisma, taxReturnId)).flat() } },
      ],
    };
    return this.prisma.suppression.findMany({
      where: {
        ...(active ? holding(now) : {}),
        createdAt: { lte: after?.at },
        AND: [
          ...(ofReturn ? [ofReturn] : []),
          ...(after ? [{ OR: [{ createdAt: { lt: after.at } }, { id: { lt: after.id } }] }] : []),
        ],
      },
      select: view,
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: limit,
    });
  }

  /** One of them, whether or not it holds. */
  find(id: string) {
    return this.prisma.suppression.findUnique({ where: { id }, select: view });
  }

  /**
   * From now on mails go to the address again; those that were withheld stay so until somebody re-sends them. Lifting what
   * is lifted changes nothing. Undefined when there is no such suppression.
   */
  lift(id: string, acting: Acting) {
    return this.prisma.retrying((tx) => this.liftIn(tx, id, acting));
  }

  /** The dry run: undefined when there is no such suppression, and false when it is lifted already. */
  planLift(id: string): Promise<boolean | undefined> {
    return this.prisma.rehearsing(async (tx) => {
      const before = await tx.suppression.findUnique({ where: { id }, select: { liftedAt: true } });
      await this.liftIn(tx, id, NOBODY);
      return before ? before.liftedAt === null : undefined;
    });
  }

  private async liftIn(tx: Transaction, id: string, acting: Acting) {
    await tx.$queryRaw`SELECT 1 FROM suppressions WHERE id = ${id}::uuid FOR UPDATE`;
    const found = await tx.suppression.findUnique({ where: { id }, select: view });
    if (!found || found.liftedAt !== null) return found ?? undefined;
    const lifted = await tx.suppression.update({
      where: { id },
      data: { liftedAt: new Date() },
      select: view,
    });
    await this.trail.record(tx, [
      {
        ...acting,
        action: 'lift-suppression',
        kind: 'suppression',
        target: id,
        before: stateOf(found),
        after: stateOf(lifted),
      },
    ]);
    return lifted;
  }

  private async foundAgainst(
    tx: Transaction,
    { kind, bounceType, occurredAt }: Speaking,
    addressHashes: string[],
    liftedAt: Date,
  ): Promise<{ reason: SuppressionReason; until: Date } | undefined> {
    const until = plus(occurredAt, this.settings.SUPPRESS_FOR);
    if (kind === 'complaint') return { reason: 'complaint', until };
    if (bounceType === 'hard') return { reason: 'hard-bounce', until };
    const last = await this.lastOfMany(tx, addressHashes, liftedAt);
    return last && { reason: 'soft-bounces', until: plus(last, this.settings.SUPPRESS_SOFT_FOR) };
  }

  /** The last soft bounce of an address that was one too many within the time in which they are counted, after an instant. */
  private async lastOfMany(tx: Transaction, hashes: string[], after: Date): Promise<Date | undefined> {
    const { SUPPRESS_SOFT_WITHIN: within, SUPPRESS_SOFT_AFTER: many } = this.settings;
    const [row] = await tx.$queryRaw<{ last: Date | null }[]>`
      SELECT max(occurred_at) AS last FROM (
        SELECT occurred_at, count(*) OVER (
          ORDER BY occurred_at RANGE BETWEEN ${within} * interval '1 millisecond' PRECEDING AND CURRENT ROW) AS many
        FROM mail_receipts WHERE address_hash = ANY(${hashes}) AND bounce_type = 'soft' AND occurred_at > ${after}) AS soft
      WHERE many >= ${many}`;
    return row?.last ?? undefined;
  }
}

function stateOf({
  reason,
  expiresAt,
  liftedAt,
}: {
  reason: string;
  expiresAt: Date;
  liftedAt: Date | null;
}) {
  return { reason, expiresAt: expiresAt.toISOString(), liftedAt: liftedAt?.toISOString() ?? null };
}

function holding(now: Date) {
  return { liftedAt: null, expiresAt: { gt: now } };
}

function graver(held: string, found: SuppressionReason): string {
  return SUPPRESSION_REASONS.find((reason) => reason === held || reason === found) ?? found;
}

function later(one: Date, other: Date): Date {
  return one > other ? one : other;
}

function plus(instant: Date, milliseconds: number): Date {
  return new Date(instant.getTime() + milliseconds);
}
