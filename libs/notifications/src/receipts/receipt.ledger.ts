import { Injectable } from '@nestjs/common';
import { afterCommit, announce, Prisma, stepBegins } from '#libs/platform/index.js';
import type { DeliveryOutcome, NotificationState, Transaction } from '#libs/platform/index.js';
import type { QueuedRow } from '../send/send.queue.js';
import { supersededSql } from '../standing/told.js';
import { AccountFallback } from './account.fallback.js';
import type { Receipt } from './receipt.js';
import { attemptOf, handedOf, timeWithin, verdictOf } from './receipt.rules.js';
import { Suppressions } from './suppressions.js';

/** Why a receipt waits: its mail is not there, is in a worker's hands, or was taken by no relay as far as is known here. */
export type Waiting = 'unknown-notification' | 'awaits-delivery' | 'never-handed-over';

/**
 * How the recording of a receipt ended; of one that waits, whose mail it is about, where that is known. `again`: the mail goes out
 * once more by it, and its row is to be queued.
 */
export type RecordedReceipt =
  'duplicate' | { applied: true; again?: QueuedRow } | { waits: Waiting; taxReturnId?: string };

interface Tried {
  attempt: number;
  outcome: DeliveryOutcome | null;
  openedAt: Date;
  addressHash: string | null;
}

interface LockedMail {
  id: string;
  taxReturnId: string;
  state: NotificationState;
  fellBackAt: Date | null;
}

/** Keeps receipts, and draws from all that are kept of a mail what they come to. */
@Injectable()
export class ReceiptLedger {
  constructor(
    private readonly suppressions: Suppressions,
    private readonly fallback: AccountFallback,
  ) {}

  /** In the caller's transaction. Recording one again changes nothing. */
  async record(tx: Transaction, receipt: Receipt): Promise<RecordedReceipt> {
    const { sentAt, occurredAt: said, ...members } = receipt;
    const handed = handedOf(await lockTries(tx, receipt.notificationId));
    const mail = await lockMail(tx, receipt.notificationId);
    if (!mail) return { waits: 'unknown-notification' };
    const { taxReturnId } = mail;
    if (mail.state === 'sending') return { waits: 'awaits-delivery', taxReturnId };
    const known = await tx.mailReceipt.findMany({ where: { notificationId: mail.id } });
    const tried = attemptOf({ kind: receipt.kind, occurredAt: said, sentAt }, handed, known, mail.fellBackAt);
    if (!tried) return { waits: 'never-handed-over', taxReturnId };
    const { attempt, addressHash } = tried;
    const occurredAt = timeWithin(said, tried, new Date());
    const { count } = await tx.mailReceipt.createMany({
      data: [{ ...members, occurredAt, attempt, addressHash }],
      skipDuplicates: true,
    });
    if (count === 0) return 'duplicate';
    afterCommit(tx, () => cameBack(receipt));
    await this.conclude(tx, mail, tried, handed);
    if (addressHash !== null && (receipt.kind === 'bounce' || receipt.kind === 'complaint'))
      await this.suppressions.heed(tx, { ...receipt, occurredAt, addressHash, taxReturnId });
    if (receipt.bounceType !== 'hard') return { applied: true };
    const triedHashes = handed.map((one) => one.addressHash);
    return { applied: true, again: await this.fallback.open(tx, mail.id, triedHashes) };
  }

  /** Whose mail a document is about that no receipt can be made of; nothing where no such mail is known. */
  async mailOf(tx: Transaction, id: string): Promise<{ notificationId?: string; taxReturnId?: string }> {
    const mail = await tx.notification.findUnique({ where: { id }, select: { taxReturnId: true } });
    return { notificationId: id, ...(mail ? { taxReturnId: mail.taxReturnId } : {}) };
  }

  /**
   * A receipt proves that the relay had the mail. So a try whose outcome nobody knew was accepted, and a mail that waits
   * to be sent again, or was given up, is not sent again. What was superseded stays so; and that it came back from one address
   * says nothing of the round to another.
   */
  private async conclude(tx: Transaction, mail: LockedMail, tried: Tried, handed: Tried[]): Promise<void> {
    const facts = await tx.mailReceipt.findMany({ where: { notificationId: mail.id } });
    const { deliveredAt, bouncedAt, bounceReason } = verdictOf(handed, facts);
    await tx.$executeRaw`
      UPDATE deliveries SET outcome = 'accepted', reason = 'receipt', settled_at = now()
      WHERE notification_id = ${mail.id}::uuid AND outcome = 'unknown' AND attempt = ANY(${facts.map(({ attempt }) => attempt)})`;
    if (deliveredAt === null && mail.fellBackAt && tried.openedAt < mail.fellBackAt) return;
    await tx.notification.update({ where: { id: mail.id }, data: { deliveredAt, bouncedAt, bounceReason } });
    await tx.$executeRaw`
      UPDATE notifications SET state = 'handed_over', reason = 'receipt', settled_at = now()
      WHERE id = ${mail.id}::uuid AND state <> 'handed_over'
        AND NOT (state = 'withheld' AND ${supersededSql(Prisma.sql`reason`)})`;
  }
}

/** Tries first, then the mail: in the order in which a worker that settles takes them. */
function lockTries(tx: Transaction, notificationId: string): Promise<Tried[]> {
  return tx.$queryRaw<Tried[]>`
    SELECT attempt, outcome::text AS outcome, opened_at AS "openedAt", address_hash AS "addressHash"
    FROM deliveries WHERE notification_id = ${notificationId}::uuid ORDER BY attempt FOR NO KEY UPDATE`;
}

async function lockMail(tx: Transaction, id: string): Promise<LockedMail | undefined> {
  const [mail] = await tx.$queryRaw<LockedMail[]>`
    SELECT id, tax_return_id AS "taxReturnId", state::text AS state, fell_back_at AS "fellBackAt"
    FROM notifications WHERE id = ${id}::uuid FOR NO KEY UPDATE`;
  return mail;
}

function cameBack({ notificationId: id, kind, bounceType, reason }: Receipt): void {
  const said = kind === 'bounce' ? (`${bounceType ?? 'soft'}-bounce` as const) : kind;
  if (stepBegins()) announce({ step: 'came-back', id, kind: said, reason: reason ?? '', ms: 0 });
}
