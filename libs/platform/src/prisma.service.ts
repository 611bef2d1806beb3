import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { forgettingIfItFails, tellingAfter } from './after.commit.js';
import { isFaultOfData, isRaceLost } from './database.errors.js';
import { PrismaClient } from './generated/client.js';
import type { Prisma } from './generated/client.js';
import { inTransaction, openPool } from './pool.js';
import type { OurPool } from './pool.js';
import { withSessionOptions } from './session.options.js';
import { SETTINGS } from './settings.js';
import type { Settings } from './settings.js';

/** Inside a transaction. */
export type Transaction = Prisma.TransactionClient;

/** The same, of Prisma's or of `pg` by itself. */
export type InTransaction = Transaction | pg.ClientBase;

/** Postgres, where the truth is kept. */
@Injectable()
export class PrismaService extends PrismaClient implements OnApplicationShutdown {
  /** The connections that Prisma uses, and all there are: what runs all day runs on them by `pg` itself. */
  readonly pool: OurPool;

  constructor(
    @Inject(SETTINGS) settings: Pick<Settings, 'DATABASE_URL' | 'DATABASE_POOL' | 'DATABASE_WAIT'>,
  ) {
    const pool = openPool({
      connectionString: withSessionOptions(settings.DATABASE_URL),
      max: settings.DATABASE_POOL,
      application_name: 'return-receipt',
      // A database that restarts must not leave a statement waiting for ever.
      connectionTimeoutMillis: settings.DATABASE_WAIT,
      keepAlive: true,
      // Nothing of ours takes nearly as long: what does is stuck, and holds locks that others want.
      statement_timeout: 30_000,
      // A server that has gone without a word never says so.
      query_timeout: 60_000,
      idle_in_transaction_session_timeout: 60_000,
    });
    super({
      adapter: new PrismaPg(pool, { statementNameGenerator: nameOf }),
      transactionOptions: { maxWait: settings.DATABASE_WAIT, timeout: 30_000 },
    });
    this.pool = pool;
  }

  /**
   * Runs a transaction, again if it lost a race: a deadlock, a serialization failure, or `lost`.
   * @throws what the last of five runs threw.
   */
  retrying<T>(work: (tx: Transaction) => Promise<T>, lost?: new () => Error): Promise<T> {
    return untilWon(() => tellingAfter((all) => this.$transaction(all), work), lost);
  }

  /** The same for a transaction of prepared statements alone, which `pg` runs with less ado. */
  retryingPrepared<T>(work: (session: pg.ClientBase) => Promise<T>, lost?: new () => Error): Promise<T> {
    return untilWon(() => tellingAfter((all) => inTransaction(this.pool, all), work), lost);
  }

  /**
   * Runs a transaction as {@link retrying} does, and takes it back: what would come of it. Nobody else sees any of it, and a
   * dry run that is the act itself cannot say another thing than the act.
   */
  async rehearsing<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    try {
      return await this.retrying<never>(async (tx) => {
        throw new TakenBack(await work(tx));
      });
    } catch (error) {
      if (error instanceof TakenBack) return error.outcome as T;
      throw error;
    }
  }

  /**
   * Runs a part of a transaction so that its failure takes back that part alone, and the rest goes on.
   * @throws what the part threw.
   */
  async apart<T>(tx: InTransaction, work: () => Promise<T>): Promise<T> {
    const run = (text: string) => ('$executeRawUnsafe' in tx ? tx.$executeRawUnsafe(text) : tx.query(text));
    await run('SAVEPOINT apart');
    try {
      const done = await forgettingIfItFails(tx, work);
      await run('RELEASE SAVEPOINT apart');
      return done;
    } catch (error) {
      // Where the connection is gone, or the race lost, there is nothing left to go on with.
      if (isFaultOfData(error)) {
        await run('ROLLBACK TO SAVEPOINT apart');
        // It outlives that, and would stand before the one of a part around this one.
        await run('RELEASE SAVEPOINT apart');
      }
      throw error;
    }
  }

  /** Last of all: workers that still drain need the database (docs/decisions/0003-shutdown-order.md). */
  async onApplicationShutdown(): Promise<void> {
    await this.$disconnect();
  }

  /** Ends the connections too: Prisma would leave those alone that it never used. */
  override async $disconnect(): Promise<void> {
    await super.$disconnect();
    if (!this.pool.ending) await this.pool.end();
  }
}

async function untilWon<T>(transact: () => Promise<T>, lost?: new () => Error): Promise<T> {
  for (let run = 1; ; run += 1) {
    try {
      return await transact();
    } catch (error) {
      if (run === 5 || !((lost && error instanceof lost) || isRaceLost(error))) throw error;
    }
  }
}

/** Ends a transaction that is not to be kept, and brings out what came of it. */
class TakenBack extends Error {
  constructor(readonly outcome: unknown) {
    super('taken back');
  }
}

/** Statements that are kept prepared on each connection: all of ours, and none of those whose text varies without end. */
const PREPARED = 200;
const names = new Map<string, string>();

/** Postgres parses and plans a statement with a name once for each connection. */
function nameOf({ sql }: { sql: string }): string {
  const known = names.get(sql);
  if (known !== undefined) return known;
  if (names.size >= PREPARED) return '';
  const name = `rr${names.size + 1}`;
  names.set(sql, name);
  return name;
}
