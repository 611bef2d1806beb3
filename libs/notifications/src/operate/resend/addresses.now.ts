import { Injectable } from '@nestjs/common';
import { Sealer, SealError } from '#libs/platform/index.js';
import type { Transaction } from '#libs/platform/index.js';
import { addressHashesOf } from '../../receipts/address.hash.js';
import { Suppressions } from '../../receipts/suppressions.js';
import type { HeldSuppression } from '../../receipts/suppressions.js';
import { Addressee } from '../../send/addressee.js';
import type { Addressed } from '../../send/addressee.js';

/** How it stands with the address that a mail would go to. */
export type AddressNow =
  /** Nothing speaks against it. */
  | { is: 'open' }
  /** Nothing is sent to it. */
  | { is: 'suppressed'; by: HeldSuppression }
  /** Nobody has given one. */
  | { is: 'missing' }
  /** It does not open: its key is not among ENCRYPTION_KEYS. */
  | { is: 'unreadable' };

/** Looks up the addresses that mails would go to now, whatever was true of them when they were withheld. */
@Injectable()
export class AddressesNow {
  constructor(
    private readonly addressee: Addressee,
    private readonly sealer: Sealer,
    private readonly suppressions: Suppressions,
  ) {}

  /** In the order of the mails; one query for all of them. */
  async of(tx: Transaction, mails: Addressed[]): Promise<AddressNow[]> {
    const hashes = mails.map((mail) => this.hashesOf(mail));
    const held = await this.suppressions.held(
      tx,
      hashes.flatMap((own) => own ?? []),
    );
    return hashes.map((own) => {
      if (own === undefined) return { is: 'unreadable' };
      if (own.length === 0) return { is: 'missing' };
      const by = held.find(({ addressHash }) => own.includes(addressHash));
      return by ? { is: 'suppressed', by } : { is: 'open' };
    });
  }

  /** None where nobody gave an address, undefined where it cannot be opened. */
  private hashesOf(mail: Addressed): string[] | undefined {
    try {
      const address = this.addressee.addressOf(mail);
      return address === undefined ? [] : addressHashesOf(this.sealer, address);
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      return undefined;
    }
  }
}
