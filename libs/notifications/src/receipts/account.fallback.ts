import { Inject, Injectable } from '@nestjs/common';
import { Prisma, Sealer, SETTINGS } from '#libs/platform/index.js';
import type { Settings, Transaction } from '#libs/platform/index.js';
import { sealedAddressesOf } from '../send/addressee.js';
import type { Addressed } from '../send/addressee.js';
import { BATCH_ABORTED } from '../send/notification.reason.js';
import { beginsAnew } from '../send/reopening.js';
import type { QueuedRow } from '../send/send.queue.js';
import { supersededSql } from '../standing/told.js';
import { sealedAddressHashesOf } from '../terms/address.hash.js';
import { endedWithItsBatch } from '../terms/held.batches.js';
import { Suppressions } from './suppressions.js';

/** Sends a mail that came back for good once more, to the address of the account. */
@Injectable()
export class AccountFallback {
  constructor(
    private readonly sealer: Sealer,
    private readonly suppressions: Suppressions,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Opens the round, in the transaction that records the bounce: after it, and while the mail's row is held. Once in the life of a
   * mail, whatever comes back later.
   * @param tried the addresses that it went to, by their hashes; null where an old release kept none.
   * @returns the row to be queued once that is committed. A job lost then is the sweep's. Of a mail whose batch somebody has ended
   *   since, none: nothing of that begins by itself any more, and a person who sends it again sends it to the account.
   */
  async open(tx: Transaction, id: string, tried: (string | null)[]): Promise<QueuedRow | undefined> {
    if (this.settings.BOUNCE_FALLBACK !== 'account') return undefined;
    const hashes = await this.accountOf(tx, id);
    // Where one that it went to is not known, nobody can say that the account's is another.
    if (!hashes || tried.some((hash) => hash === null || hashes.includes(hash))) return undefined;
    if ((await this.suppressions.held(tx, hashes)).length > 0) return undefined;
    const [round] = await tx.$queryRaw<{ isEnded: boolean }[]>`
      SELECT ${Prisma.raw(endedWithItsBatch('n'))} AS "isEnded" FROM notifications n WHERE id = ${id}::uuid`;
    const [row] = await tx.$queryRaw<QueuedRow[]>`
      UPDATE notifications SET ${beginsAnew()}, to_account = true, fell_back_at = now()
      WHERE id = ${id}::uuid AND state = 'handed_over' AND bounced_at IS NOT NULL
        AND fell_back_at IS NULL AND NOT ${supersededSql(Prisma.sql`reason`)}
      RETURNING id, template, state::text AS state, attempt, batch_id IS NOT NULL AS "inBatch", 0::float8 AS wait`;
    if (!row || !round?.isEnded) return row;
    await tx.$executeRaw`
      UPDATE notifications SET state = 'withheld', reason = ${BATCH_ABORTED}, settled_at = now() WHERE id = ${id}::uuid`;
    return undefined;
  }

  /** The hashes of the account's address. Undefined where there is none, or none that can be read. */
  private async accountOf(tx: Transaction, id: string): Promise<string[] | undefined> {
    const [mail] = await tx.$queryRaw<Addressed[]>`
      SELECT n.id, n.tax_return_id AS "taxReturnId", n.address, n.to_account AS "toAccount", t.email, t.account_email AS "accountEmail"
      FROM notifications n JOIN tax_returns t ON t.id = n.tax_return_id WHERE n.id = ${id}::uuid`;
    const { text, row } = mail ? sealedAddressesOf(mail).account : { text: null, row: '' };
    return text === null ? undefined : sealedAddressHashesOf(this.sealer, text, row);
  }
}
