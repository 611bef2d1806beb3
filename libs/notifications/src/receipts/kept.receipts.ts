import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/platform/index.js';
import type { BounceType, ReceiptKind } from '#libs/platform/index.js';

/** What came back of a mail, as people are told of it. No member of it holds an address. */
export interface KeptReceipt {
  notificationId: string;
  /** The try that it is about. */
  attempt: number;
  kind: ReceiptKind;
  bounceType: BounceType | null;
  reason: string | null;
  /** No code gave the reason: it was read from words. */
  byWords: boolean;
  occurredAt: Date;
  /** The other server's words. */
  diagnostic: string | null;
}

const view = {
  notificationId: true,
  attempt: true,
  kind: true,
  bounceType: true,
  reason: true,
  byWords: true,
  occurredAt: true,
  diagnostic: true,
} as const;

const inOrder = [{ occurredAt: 'asc' as const }, { id: 'asc' as const }];

/** Reads the receipts that found their mails. */
@Injectable()
export class KeptReceipts {
  constructor(private readonly prisma: PrismaService) {}

  /** All of these mails, in the order in which it happened. */
  of(notificationIds: string[]): Promise<KeptReceipt[]> {
    return this.prisma.mailReceipt.findMany({
      where: { notificationId: { in: notificationIds } },
      select: view,
      orderBy: inOrder,
    });
  }

  /** By the id of the mail, the bounce for which each of these counts as come back. Asked once for all of them. */
  async decidingFor(mails: { id: string; bouncedAt: Date | null }[]): Promise<Map<string, KeptReceipt>> {
    const named = mails.flatMap(({ id: notificationId, bouncedAt: occurredAt }) =>
      occurredAt === null ? [] : [{ notificationId, occurredAt }],
    );
    if (named.length === 0) return new Map();
    const found = await this.prisma.mailReceipt.findMany({
      where: { kind: 'bounce', OR: named },
      select: view,
      orderBy: inOrder,
    });
    return new Map(found.map((receipt) => [receipt.notificationId, receipt]));
  }
}

/** The same among all receipts of a mail, in their order; undefined when it did not come back. */
export function decidingOf<T extends Pick<KeptReceipt, 'kind' | 'occurredAt'>>(
  { bouncedAt }: { bouncedAt: Date | null },
  receipts: readonly T[],
): T | undefined {
  return receipts.findLast(
    ({ kind, occurredAt }) => kind === 'bounce' && occurredAt.getTime() === bouncedAt?.getTime(),
  );
}
