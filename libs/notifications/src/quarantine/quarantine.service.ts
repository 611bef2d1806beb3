import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import { Prepared, PrismaService, Sealer } from '#libs/platform/index.js';
import type { QuarantineKind, Session, Transaction } from '#libs/platform/index.js';
import { messageSource } from './entry.source.js';

/** Something that could not be applied. */
export interface Quarantined {
  kind: QuarantineKind;
  queue: string;
  source: string;
  body: string;
  reason: string;
  /** A sentence for people, without values from the body. */
  detail: string;
  taxReturnId?: string;
  submissionId?: string;
  /** The mail that a receipt is about. */
  notificationId?: string;
}

/** How a replay ended: it found its way, or it stays with its newest reason. */
export type ReplayEnd = { resolution: string } | { kind: QuarantineKind; reason: string; detail: string };

/** As much of one as a replay may change, and what became of it if it waits no longer. */
export interface LockedEntry {
  kind: QuarantineKind;
  reason: string;
  resolvedAt: Date | null;
  resolution: string | null;
}

/** The resolution of what a person dismissed: nothing is to be done with it. */
export const DISMISSED = 'dismissed';

/** The resolution of what was erased while it waited, together with its return. */
export const ERASED_WAITING = 'erased';

/** What an operator sees of it. The body stays sealed: it may hold addresses. */
export const quarantineView = {
  id: true,
  kind: true,
  queue: true,
  source: true,
  reason: true,
  detail: true,
  taxReturnId: true,
  submissionId: true,
  notificationId: true,
  receivedAt: true,
  replays: true,
  resolvedAt: true,
  resolution: true,
} as const;

/** Keeps what cannot be applied, with the reason, until it can. Nothing that came on a queue is ever dropped. */
@Injectable()
export class QuarantineService {
  private readonly logger = new Logger(QuarantineService.name);

  constructor(
    private readonly prisma: PrismaService,
    private readonly sealer: Sealer,
  ) {}

  /** Keeps them; what is kept already stays as it is. */
  async keep(session: Session, items: Quarantined[]): Promise<void> {
    if (items.length === 0) return;
    const data = items.map((item) => {
      const id = uuid();
      return { id, ...item, body: this.sealer.seal(item.body, `quarantine.body:${id}`) };
    });
    await KEEP_PARKED.run(session, JSON.stringify(data));
  }

  /** Notes whose it is, where that was not known when it was kept. */
  async nameReturn(tx: Transaction, source: string, taxReturnId: string): Promise<void> {
    await tx.quarantineEntry.updateMany({ where: { source, taxReturnId: null }, data: { taxReturnId } });
  }

  /** Keeps a whole message that cannot be read. */
  async keepUnreadable(
    message: { queue: string; messageId: string; body: string },
    reason: string,
    detail: string,
  ): Promise<void> {
    const source = messageSource(message.queue, message.messageId);
    await this.keep(this.prisma.pool, [
      { kind: 'unreadable', queue: message.queue, source, body: message.body, reason, detail },
    ]);
  }

  /** Parks an entry that the database refuses, with the refusal in the log. */
  async keepUnstorable(
    item: Omit<Quarantined, 'kind' | 'reason' | 'detail'>,
    error: unknown,
    session: Session = this.prisma.pool,
  ): Promise<{ reason: string; detail: string }> {
    this.logger.error({
      message: 'An entry cannot be stored and is parked',
      source: item.source,
      err: error,
    });
    const reason = 'not-stored';
    const detail =
      'The entry could not be stored; the log of this time says why. Replay it when the cause is mended.';
    await this.keep(session, [{ ...item, kind: 'refused', reason, detail }]);
    return { reason, detail };
  }

  /** The unmatched ones that wait for this return or submission, oldest first. */
  async waitingFor(taxReturnId: string, submissionId?: string | null): Promise<string[]> {
    const named = submissionId ? [{ submissionId }, { taxReturnId }] : [{ taxReturnId }];
    const rows = await this.prisma.quarantineEntry.findMany({
      where: { kind: 'unmatched', resolvedAt: null, OR: named },
      select: { id: true },
      orderBy: { id: 'asc' },
    });
    return rows.map((row) => row.id);
  }

  /** The same of those that name one of these submissions: as quick when there are many, for a confirmation asks each time it gives an id. */
  async waitingForIds(submissionIds: string[]): Promise<string[]> {
    const rows = await WAITING.run(this.prisma.pool, submissionIds);
    return rows.map((row) => row.id);
  }

  /** Opens one to be replayed. Undefined when there is none of this id; `erased` where its body is gone. */
  async open(id: string): Promise<(Quarantined & LockedEntry) | 'erased' | undefined> {
    const row = await this.prisma.quarantineEntry.findUnique({ where: { id } });
    if (!row) return undefined;
    if (row.body === null) return 'erased';
    const body = this.sealer.open(row.body, `quarantine.body:${id}`);
    return {
      ...row,
      body,
      taxReturnId: row.taxReturnId ?? undefined,
      submissionId: row.submissionId ?? undefined,
      notificationId: row.notificationId ?? undefined,
    };
  }

  /** Until the end of the transaction nobody else replays or dismisses it. */
  async lock(tx: Transaction, id: string): Promise<LockedEntry | undefined> {
    const [row] = await tx.$queryRaw<LockedEntry[]>`
      SELECT kind::text AS kind, reason, resolved_at AS "resolvedAt", resolution
      FROM quarantine WHERE id = ${id}::uuid FOR NO KEY UPDATE`;
    return row;
  }

  /** Notes how a replay ended: resolved, or still here with the newest reason. The first resolution stays. */
  async note(tx: Transaction, id: string, ended: ReplayEnd): Promise<void> {
    const resolved = 'resolution' in ended ? { resolvedAt: new Date() } : {};
    await tx.quarantineEntry.updateMany({
      where: { id, resolvedAt: null },
      data: { ...ended, ...resolved, replays: { increment: 1 } },
    });
  }

  page({ resolved, after, limit }: { resolved: boolean; after?: { at: Date; id: string }; limit: number }) {
    return this.prisma.quarantineEntry.findMany({
      where: {
        resolvedAt: resolved ? { not: null } : null,
        receivedAt: { lte: after?.at },
        AND: after && { OR: [{ receivedAt: { lt: after.at } }, { id: { lt: after.id } }] },
      },
      select: quarantineView,
      orderBy: [{ receivedAt: 'desc' }, { id: 'desc' }],
      take: limit,
    });
  }

  find(id: string) {
    return this.prisma.quarantineEntry.findUnique({ where: { id }, select: quarantineView });
  }
}

export const WAITING = new Prepared<[submissionIds: string[]], { id: string }>(
  'waiting',
  `SELECT id FROM quarantine
   WHERE submission_id = ANY($1::text[]) AND kind::text = 'unmatched' AND resolved_at - received_at IS NULL ORDER BY id`,
);

const KEEP_PARKED = new Prepared<[parked: string], never>(
  'keep parked',
  `INSERT INTO quarantine (id, kind, queue, source, body, reason, detail, tax_return_id, submission_id, notification_id)
   SELECT id, kind, queue, source, body, reason, detail, "taxReturnId", "submissionId", "notificationId"
   FROM jsonb_to_recordset($1::jsonb)
     AS p(id uuid, kind quarantine_kind, queue text, source text, body text, reason text, detail text,
          "taxReturnId" uuid, "submissionId" text, "notificationId" uuid)
   ON CONFLICT DO NOTHING`,
);

/** As much of an incoming entry as is parked. */
export function parkedForm({
  queue,
  source,
  body,
  taxReturnId,
  submissionId,
}: Omit<Quarantined, 'kind' | 'reason' | 'detail'>) {
  return { queue, source, body, taxReturnId, submissionId };
}
