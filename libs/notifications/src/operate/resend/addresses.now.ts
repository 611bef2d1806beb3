import { Injectable } from '@nestjs/common';
import { Sealer, SealError } from '#libs/platform/index.js';
import type { Transaction } from '#libs/platform/index.js';
import { addressHashesOf } from '../../terms/address.hash.js';
import { Suppressions } from '../../receipts/suppressions.js';
import type { HeldSuppression } from '../../receipts/suppressions.js';
import { Addressee } from '../../send/addressee.js';
import type { Addressed } from '../../send/addressee.js';

/** A mail with whom it goes to, and why it is in its state. */
export type AddressedMail = Addressed & { reason: string | null };

/** How it stands with the address that a mail would go to. */
export type AddressNow =
  /** Nothing speaks against it. `toRegistered`: the one that it went to takes nothing any more, the one registered for the return does. */
  | { is: 'open'; toRegistered: boolean }
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
  async of(tx: Transaction, mails: AddressedMail[]): Promise<AddressNow[]> {
    const hashed = mails.map((mail) => ({
      wasRefused: mail.reason === 'recipient-refused',
      first: this.hashesOf(mail),
      registered:
        mail.address === null && !mail.toAccount
          ? []
          : this.hashesOf({ ...mail, address: null, toAccount: false }),
    }));
    const all = hashed.flatMap(({ first, registered }) => [...(first ?? []), ...(registered ?? [])]);
    const held = await this.suppressions.held(tx, all);
    return hashed.map(({ wasRefused, first, registered }) => {
      const now = stateOf(first, held);
      const isOther = registered?.every((hash) => !first?.includes(hash)) === true;
      const takesNothing = now.is === 'suppressed' || (now.is === 'open' && wasRefused);
      return takesNothing && isOther && stateOf(registered, held).is === 'open'
        ? { is: 'open', toRegistered: true }
        : now;
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

function stateOf(hashes: string[] | undefined, held: HeldSuppression[]): AddressNow {
  if (hashes === undefined) return { is: 'unreadable' };
  if (hashes.length === 0) return { is: 'missing' };
  const by = held.find(({ addressHash }) => hashes.includes(addressHash));
  return by ? { is: 'suppressed', by } : { is: 'open', toRegistered: false };
}
