import { Injectable } from '@nestjs/common';
import { Sealer } from '#libs/platform/index.js';
import type { Transaction } from '#libs/platform/index.js';
import { Suppressions } from '../../receipts/suppressions.js';
import { sealedAddressesOf } from '../../send/addressee.js';
import type { Addressed, SealedAddress } from '../../send/addressee.js';
import type { AddressOwner, KnownAddress } from '../../standing/unreachable.js';
import { sealedAddressHashesOf } from '../../terms/address.hash.js';

/** An address with what it is known by; undefined where it cannot be opened. */
interface Hashed {
  of: AddressOwner;
  hashes: string[] | undefined;
}

/** Looks up what speaks against the addresses that were given for mails. */
@Injectable()
export class AddressesLeft {
  constructor(
    private readonly sealer: Sealer,
    private readonly suppressions: Suppressions,
  ) {}

  /** In the order of the mails: each address of a mail once, under the first name that it has. Two queries for all of them. */
  async of(tx: Transaction, mails: readonly Addressed[]): Promise<KnownAddress[][]> {
    const given = mails.map((mail) => this.givenFor(mail));
    const held = await this.suppressions.held(
      tx,
      given.flat().flatMap(({ hashes }) => hashes ?? []),
    );
    const reasons = new Map(held.map(({ addressHash, reason }) => [addressHash, reason]));
    const refused = await refusedFor(
      tx,
      mails.map(({ id }) => id),
    );
    return mails.map(({ id }, place) =>
      (given[place] ?? []).map(({ of, hashes = [] }) => {
        const suppressed = hashes.flatMap((hash) => reasons.get(hash) ?? [])[0];
        const isRefused = hashes.some((hash) => refused.has(`${id} ${hash}`));
        return { of, against: suppressed ?? (isRefused ? 'refused' : null) };
      }),
    );
  }

  private givenFor(mail: Addressed): Hashed[] {
    const { asked, registered, account } = sealedAddressesOf(mail);
    const given = [
      this.hashed('mail', asked),
      this.hashed('return', registered),
      this.hashed('account', account),
    ];
    return given
      .flat()
      .filter(
        ({ hashes }, place, all) =>
          !hashes || all.findIndex((other) => other.hashes?.some((hash) => hashes.includes(hash))) === place,
      );
  }

  private hashed(of: AddressOwner, { text, row }: SealedAddress): Hashed[] {
    return text === null ? [] : [{ of, hashes: sealedAddressHashesOf(this.sealer, text, row) }];
  }
}

/** The mail and the hash of each address that the relay refused for good when it was to go there. */
async function refusedFor(tx: Transaction, ids: string[]): Promise<Set<string>> {
  const tries = await tx.delivery.findMany({
    where: { notificationId: { in: ids }, reason: 'recipient-refused' },
    select: { notificationId: true, addressHash: true },
  });
  return new Set(tries.map(({ notificationId, addressHash }) => `${notificationId} ${addressHash}`));
}
