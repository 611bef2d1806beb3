import type pg from 'pg';
import type { Prisma } from './generated/client.js';

/** Where a statement can run: on any connection of a pool, on one of them, or in a transaction of Prisma's. */
export type Session = pg.Pool | pg.ClientBase | Prisma.TransactionClient;

/**
 * A statement that runs all day. On a connection of `pg` Postgres parses and plans it once, under its name, and the client has
 * little to do for it, of which Prisma's has more. What comes back is what Prisma gives, but for `int8`: cast it.
 */
export class Prepared<Values extends readonly unknown[], Row> {
  /** @param name no other statement's. @param text with a type for each parameter: `$1::uuid[]`. */
  constructor(
    readonly name: string,
    readonly text: string,
  ) {}

  async run(on: Session, ...values: Values): Promise<Row[]> {
    if ('$queryRawUnsafe' in on) return on.$queryRawUnsafe<Row[]>(this.text, ...values);
    const { rows } = await on.query({ name: this.name, text: this.text, values: [...values] });
    return rows as Row[];
  }
}
