import { Injectable } from '@nestjs/common';
import { Sealer } from '#libs/platform/index.js';
import type { Transaction } from '#libs/platform/index.js';
import { sealedAddressHashesOf } from '../terms/address.hash.js';

/** What is read of the database: also outside of a transaction. */
type Reading = Pick<Transaction, 'taxReturn' | 'notification'>;

/** A hash that is on record, and the return whose mail it is of. */
interface Hashed {
  addressHash: string;
  taxReturnId: string;
}

/** The addresses that mails of a return go to, or went to as far as that is kept: what the hash on record of one is known by otherwise. */
@Injectable()
export class ReturnAddresses {
  constructor(private readonly sealer: Sealer) {}

  /** The hashes of each address, the one that is written now first. One that cannot be opened is left out. */
  async hashesOf(database: Reading, taxReturnId: string): Promise<string[][]> {
    const [known] = await this.hashesOfMany(database, [taxReturnId]);
    return known?.[1] ?? [];
  }

  /** The same by return. */
  async hashesOfMany(
    database: Reading,
    taxReturnIds: string[],
  ): Promise<[taxReturnId: string, string[][]][]> {
    const owners = await database.taxReturn.findMany({
      where: { id: { in: taxReturnIds } },
      select: { id: true, email: true, accountEmail: true },
    });
    const mails = await database.notification.findMany({
      where: { taxReturnId: { in: taxReturnIds }, address: { not: null } },
      select: { id: true, taxReturnId: true, address: true },
    });
    const found = new Map(taxReturnIds.map((id): [string, string[][]] => [id, []]));
    const add = (taxReturnId: string, sealed: string | null, row: string) => {
      const hashes = sealed === null ? undefined : sealedAddressHashesOf(this.sealer, sealed, row);
      if (hashes) found.get(taxReturnId)?.push(hashes);
    };
    for (const { id, email, accountEmail } of owners) {
      add(id, email, `tax_returns.email:${id}`);
      add(id, accountEmail, `tax_returns.account_email:${id}`);
    }
    for (const { id, taxReturnId, address } of mails)
      add(taxReturnId, address, `notifications.address:${id}`);
    return [...found];
  }

  /**
   * All hashes of the address that has this one, the one that is written now first. This one alone where the address is known no
   * more: registered anew since, or under a key that is gone.
   */
  async hashesLike(database: Reading, { addressHash, taxReturnId }: Hashed): Promise<string[]> {
    return likeIn(await this.hashesOf(database, taxReturnId), addressHash) ?? [addressHash];
  }
}

/** The hashes of the address that has this one. */
export function likeIn(addresses: string[][], addressHash: string): string[] | undefined {
  return addresses.find((hashes) => hashes.includes(addressHash));
}
