import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/platform/index.js';
import type { Transaction } from '#libs/platform/index.js';
import { AuditTrail, NOBODY } from '../audit/audit.trail.js';
import type { Acting } from '../audit/audit.trail.js';
import { NothingToActOn } from '../audit/refusal.js';
import { ERASED_WAITING } from '../quarantine/quarantine.service.js';
import { eraseMails } from '../retain/erased.mails.js';
import { lockNames } from '../returns/return.store.js';
import { ReturnWrites } from '../returns/return.writes.js';
import { ERASED } from '../send/notification.reason.js';

/** That a return's data was erased. */
export interface Erased {
  taxReturnId: string;
  erasedAt: Date;
  /** False while a mail is in a conversation with a relay: it ends first, and is erased then. */
  complete: boolean;
  /** What this call did; all of it is 0 when it was done before. */
  done: ErasedRows;
}

export interface ErasedRows {
  /** Mails whose addressee and contents are gone. */
  mails: number;
  /** Of those, the ones that were not sent yet and never will be. */
  withheld: number;
  /** Messages in quarantine. */
  messages: number;
}

/** Erasures that one round ends at most; the next one goes on. */
const LIMIT = 100;

/**
 * Erases what is kept of a return, because somebody asked for it. What happened and who was told when stays, by ids, so that every count
 * stays as it is and nothing that comes again counts twice.
 */
@Injectable()
export class ErasureService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly returns: ReturnWrites,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Called again, it erases what came since, and else answers as it did.
   * @throws NothingToActOn when nothing of this return was ever heard of.
   */
  erase(taxReturnId: string, acting: Acting): Promise<Erased> {
    return this.prisma.retrying((tx) => this.eraseIn(tx, taxReturnId, acting));
  }

  /** The dry run: what {@link erase} would do and refuse. */
  plan(taxReturnId: string): Promise<Erased> {
    return this.prisma.rehearsing((tx) => this.eraseIn(tx, taxReturnId, NOBODY));
  }

  /**
   * Erases the mails that were in a conversation when they were to be erased. Several workers may do so at once.
   * @returns how many erasures have ended.
   */
  async finish(): Promise<number> {
    const underWay = await this.prisma.erasure.findMany({
      where: { endedAt: null },
      orderBy: { askedAt: 'asc' },
      take: LIMIT,
    });
    let ended = 0;
    for (const { taxReturnId, askedAt } of underWay)
      if (await this.prisma.retrying((tx) => this.finishIn(tx, taxReturnId, askedAt))) ended += 1;
    return ended;
  }

  private async eraseIn(tx: Transaction, taxReturnId: string, acting: Acting): Promise<Erased> {
    // By its name too: mails and messages may be there of a return that nobody registered.
    await lockNames(tx, [taxReturnId]);
    const [owner] = await tx.$queryRaw<{ hasData: boolean }[]>`
      SELECT erased_at IS NULL OR coalesce(email, account_email, user_id) IS NOT NULL AS "hasData"
      FROM tax_returns WHERE id = ${taxReturnId}::uuid FOR NO KEY UPDATE`;
    const before = await tx.erasure.findUnique({ where: { taxReturnId } });
    if (!owner && !before && !(await isNamed(tx, taxReturnId)))
      throw new NothingToActOn('No tax return of this id is known.');
    const mails = await eraseMailsOf(tx, taxReturnId);
    const messages = await eraseMessagesOf(tx, taxReturnId);
    if (owner?.hasData) await this.returns.erase(tx, [taxReturnId], true);
    await tx.$executeRaw`
      UPDATE suppressions SET address_hash = NULL
      WHERE tax_return_id = ${taxReturnId}::uuid AND address_hash IS NOT NULL AND (lifted_at IS NOT NULL OR expires_at <= now())`;
    const done = { mails: mails.erased, withheld: mails.withheld, messages };
    const isNews = !before || owner?.hasData === true || mails.erased + messages > 0;
    if (!isNews) return { taxReturnId, erasedAt: before.askedAt, complete: before.endedAt !== null, done };
    // The clock of the database when all was held: whatever is asked for from now on is not meant.
    const [kept] = await tx.$queryRaw<{ erasedAt: Date }[]>`
      INSERT INTO erasures (tax_return_id, asked_at, ended_at)
      VALUES (${taxReturnId}::uuid, clock_timestamp(), CASE WHEN ${mails.inHand === 0} THEN clock_timestamp() END)
      ON CONFLICT (tax_return_id) DO UPDATE SET asked_at = excluded.asked_at, ended_at = excluded.ended_at
      RETURNING asked_at AS "erasedAt"`;
    await this.trail.record(tx, [
      {
        ...acting,
        action: 'erase',
        kind: 'tax-return',
        target: taxReturnId,
        after: { ...done, inHand: mails.inHand },
      },
    ]);
    return { taxReturnId, erasedAt: kept?.erasedAt ?? new Date(), complete: mails.inHand === 0, done };
  }

  private async finishIn(tx: Transaction, taxReturnId: string, askedAt: Date): Promise<boolean> {
    await lockNames(tx, [taxReturnId]);
    const { inHand } = await eraseMailsOf(tx, taxReturnId, askedAt);
    if (inHand > 0) return false;
    const { count } = await tx.erasure.updateMany({
      where: { taxReturnId, askedAt, endedAt: null },
      data: { endedAt: new Date() },
    });
    return count > 0;
  }
}

/**
 * Erases the mails of a return that no worker has in hand; what was not sent yet is withheld.
 * @param until only those that were asked for until then.
 */
async function eraseMailsOf(tx: Transaction, taxReturnId: string, until?: Date) {
  // Tries first, then the mails: in the order in which a worker that settles takes them.
  await tx.$queryRaw`
    SELECT 1 FROM deliveries d JOIN notifications n ON n.id = d.notification_id
    WHERE n.tax_return_id = ${taxReturnId}::uuid ORDER BY d.notification_id, d.attempt FOR NO KEY UPDATE OF d`;
  const rows = await tx.$queryRaw<{ id: string; state: string }[]>`
    SELECT id, state::text AS state FROM notifications
    WHERE tax_return_id = ${taxReturnId}::uuid AND erased_at IS NULL
      AND requested_at <= coalesce(${until ?? null}::timestamptz, 'infinity') ORDER BY id FOR UPDATE`;
  const ids = rows.filter(({ state }) => state !== 'sending').map(({ id }) => id);
  const unsent = rows.filter(({ state }) => state === 'queued' || state === 'no_address').map(({ id }) => id);
  if (unsent.length > 0)
    await tx.$executeRaw`
      UPDATE notifications SET state = 'withheld', reason = ${ERASED}, lease_until = NULL, settled_at = now()
      WHERE id = ANY(${unsent}::uuid[])`;
  await eraseMails(tx, ids, true);
  return { erased: ids.length, withheld: unsent.length, inHand: rows.length - ids.length };
}

/** What waited for the return to turn up waits no longer. */
async function eraseMessagesOf(tx: Transaction, taxReturnId: string): Promise<number> {
  return tx.$executeRaw`
    UPDATE quarantine SET body = NULL, resolution = CASE WHEN resolved_at IS NULL THEN ${ERASED_WAITING} ELSE resolution END,
                          resolved_at = coalesce(resolved_at, now())
    WHERE body IS NOT NULL AND (tax_return_id = ${taxReturnId}::uuid OR submission_id = ANY(ARRAY(
      SELECT submission_id FROM submissions WHERE tax_return_id = ${taxReturnId}::uuid AND submission_id IS NOT NULL)))`;
}

/** Mails and messages may name a return that nobody registered. */
async function isNamed(tx: Transaction, taxReturnId: string): Promise<boolean> {
  const [mail, message] = await Promise.all([
    tx.notification.findFirst({ where: { taxReturnId }, select: { id: true } }),
    tx.quarantineEntry.findFirst({ where: { taxReturnId }, select: { id: true } }),
  ]);
  return mail !== null || message !== null;
}
