import { Injectable } from '@nestjs/common';
import { Prisma, PrismaService } from '#libs/platform/index.js';
import { likeIn, ReturnAddresses } from './return.addresses.js';

/** What became of the hashes that are kept. */
export interface Rehashed {
  /** Rows that have another hash now. */
  rehashed: number;
  /** Suppressions that hold and stay under the hash that they had: whose address it is, is known no more. */
  left: number;
}

interface HashedRow {
  id: string;
  /** Of a delivery. */
  attempt: number;
  addressHash: string;
  taxReturnId: string;
  /** A suppression that holds. */
  holds: boolean;
}

/** How a table is read, batch by batch behind the last row, and written. */
interface HashedTable {
  read: (after: Pick<HashedRow, 'id' | 'attempt'>) => Prisma.Sql;
  write: (changes: string) => Prisma.Sql;
}

const BATCH = 500;
const BEGINNING = { id: '00000000-0000-0000-0000-000000000000', attempt: 0 };

/**
 * Hashes anew, under the first key and in the form that is used now, what suppressions and deliveries are known by. A hash cannot be
 * read back: the addresses of the return are tried on it. May be stopped at any time and begun again, and the service may run
 * meanwhile, for it asks for every form under every key: a row is only changed if it still has the hash that was read.
 *
 * What providers said is a fact and stays as it is (`mail_receipts`).
 */
@Injectable()
export class AddressRehash {
  constructor(
    private readonly prisma: PrismaService,
    private readonly addresses: ReturnAddresses,
  ) {}

  async run(): Promise<Rehashed> {
    const total: Rehashed = { rehashed: 0, left: 0 };
    for (const table of [SUPPRESSIONS, DELIVERIES]) {
      let rows = await this.prisma.$queryRaw<HashedRow[]>(table.read(BEGINNING));
      for (let last = rows.at(-1); last; last = rows.at(-1)) {
        const { changes, left } = await this.judged(rows);
        if (changes.length > 0)
          total.rehashed += await this.prisma.$executeRaw(table.write(JSON.stringify(changes)));
        total.left += left;
        rows = await this.prisma.$queryRaw<HashedRow[]>(table.read(last));
      }
    }
    return total;
  }

  private async judged(rows: HashedRow[]) {
    const returns = [...new Set(rows.map(({ taxReturnId }) => taxReturnId))];
    const addresses = new Map(await this.addresses.hashesOfMany(this.prisma, returns));
    const found = rows.map((row) => ({
      ...row,
      hashes: likeIn(addresses.get(row.taxReturnId) ?? [], row.addressHash),
    }));
    return {
      changes: found.flatMap(({ id, attempt, addressHash, hashes: [to] = [] }) =>
        to === undefined || to === addressHash ? [] : [{ id, attempt, from: addressHash, to }],
      ),
      left: found.filter(({ holds, hashes }) => holds && hashes === undefined).length,
    };
  }
}

/** No write waits for a row that somebody holds: it is for the next call. */
const SUPPRESSIONS: HashedTable = {
  read: ({ id }) => Prisma.sql`
    SELECT id, 0 AS attempt, address_hash AS "addressHash", tax_return_id AS "taxReturnId",
           lifted_at IS NULL AND expires_at > now() AS holds
    FROM suppressions WHERE id > ${id}::uuid AND address_hash IS NOT NULL ORDER BY id LIMIT ${BATCH}`,
  write: (changes) => Prisma.sql`
    WITH held AS (
      SELECT s.id, c."to" FROM suppressions s
      JOIN jsonb_to_recordset(${changes}::jsonb) AS c(id uuid, "from" text, "to" text) ON s.id = c.id AND s.address_hash = c."from"
      FOR NO KEY UPDATE OF s SKIP LOCKED
    )
    UPDATE suppressions s SET address_hash = held."to" FROM held WHERE s.id = held.id`,
};

const DELIVERIES: HashedTable = {
  read: ({ id, attempt }) => Prisma.sql`
    SELECT d.notification_id AS id, d.attempt, d.address_hash AS "addressHash", n.tax_return_id AS "taxReturnId", false AS holds
    FROM deliveries d JOIN notifications n ON n.id = d.notification_id
    WHERE (d.notification_id, d.attempt) > (${id}::uuid, ${attempt}::int) AND d.address_hash IS NOT NULL
    ORDER BY d.notification_id, d.attempt LIMIT ${BATCH}`,
  write: (changes) => Prisma.sql`
    WITH held AS (
      SELECT d.notification_id, d.attempt, c."to" FROM deliveries d
      JOIN jsonb_to_recordset(${changes}::jsonb) AS c(id uuid, attempt int, "from" text, "to" text)
        ON d.notification_id = c.id AND d.attempt = c.attempt AND d.address_hash = c."from"
      FOR NO KEY UPDATE OF d SKIP LOCKED
    )
    UPDATE deliveries d SET address_hash = held."to" FROM held
    WHERE d.notification_id = held.notification_id AND d.attempt = held.attempt`,
};
