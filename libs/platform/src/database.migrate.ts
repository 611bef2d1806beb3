import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runMigrations } from 'bullmq';
import pg from 'pg';
import { StartError } from './start.error.js';

/** The key of Prisma's own migration lock, so that `prisma migrate deploy` and we never run at once. */
const MIGRATION_LOCK = 72707369;
/** Milliseconds between two tries for it. */
const LOCK_TRIED_EVERY = 100;

/** An index that is built beside the service, and its name. */
const CONCURRENT_INDEX = /^CREATE (?:UNIQUE )?INDEX CONCURRENTLY IF NOT EXISTS "(\w+)"/m;

/** Prisma's ledger, column for column. */
const LEDGER = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id                  VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum            VARCHAR(64) NOT NULL,
  finished_at         TIMESTAMPTZ,
  migration_name      VARCHAR(255) NOT NULL,
  logs                TEXT,
  rolled_back_at      TIMESTAMPTZ,
  started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`;

/** A migration that cannot be applied; the message says which, why, and what to do. */
export class MigrationError extends StartError {
  override readonly name = 'MigrationError';

  constructor(problem: string, options?: ErrorOptions) {
    super([problem], options);
  }
}

interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

interface LedgerRow {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
}

/**
 * Applies every `<directory>/<name>/migration.sql` that the database has not seen, in the order of their names, each in
 * a transaction of its own, but for a file that is one `CREATE INDEX CONCURRENTLY IF NOT EXISTS "name"`, which runs in none.
 * Any number of processes may call it at once: one works, the others wait and find nothing left. A database ahead of the
 * folder is let be, so that an older release can start again.
 *
 * @param url a Postgres address whose user may create tables
 * @param directory usually `prisma/migrations`
 * @returns names of the migrations applied by this call
 * @throws MigrationError when an applied file was changed since, one is half applied, or one fails (and is undone)
 */
export async function applyMigrations(url: string, directory: string): Promise<string[]> {
  const migrations = readMigrations(directory);
  return underLock(url, async (client) => {
    await client.query(LEDGER);
    const applied = await readLedger(client);
    for (const migration of migrations) refuseChanged(migration, applied.get(migration.name));
    const pending = migrations.filter(({ name }) => !applied.has(name));
    for (const migration of pending) await applyOne(client, migration);
    return pending.map(({ name }) => name);
  });
}

/**
 * Makes or brings up to date the tables and functions of BullMQ's Postgres backend, in the schema `bullmq`.
 * Needed once per database before a queue connects to it; does nothing when they are current.
 */
export async function prepareQueueSchema(url: string): Promise<void> {
  await underLock(url, (client) => runMigrations(client));
}

function readMigrations(directory: string): Migration[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .map((name) => {
      const file = join(directory, name, 'migration.sql');
      if (!existsSync(file))
        throw new MigrationError(
          `${join(directory, name)} has no migration.sql: remove the folder or restore the file`,
        );
      const sql = readFileSync(file, 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    });
}

async function readLedger(client: pg.Client): Promise<Map<string, LedgerRow>> {
  const { rows } = await client.query<LedgerRow>(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
  );
  return new Map(rows.map((row) => [row.migration_name, row]));
}

function refuseChanged(migration: Migration, row: LedgerRow | undefined): void {
  if (!row) return;
  if (row.finished_at === null) {
    throw new MigrationError(
      `migration ${migration.name} was begun by another tool and not finished: repair the database, then ` +
        'run "prisma migrate resolve", or set finished_at or rolled_back_at of its row in _prisma_migrations',
    );
  }
  if (row.checksum !== migration.checksum) {
    throw new MigrationError(
      `migration ${migration.name} was changed after it was applied to this database: restore its migration.sql ` +
        'as it was and put the change into a new migration (npm run migrate:new -- NAME)',
    );
  }
}

async function applyOne(client: pg.Client, migration: Migration): Promise<void> {
  const index = CONCURRENT_INDEX.exec(migration.sql)?.[1];
  await (index === undefined ? applyWhole(client, migration) : applyBeside(client, migration, index));
}

async function applyWhole(client: pg.Client, migration: Migration): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(migration.sql);
    await enter(client, migration);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw failed(`migration ${migration.name} failed and was undone`, error);
  }
}

/** What broke off leaves an index that Postgres keeps up to date and never uses: it is built anew. */
async function applyBeside(client: pg.Client, migration: Migration, index: string): Promise<void> {
  try {
    const { rowCount } = await client.query(
      'SELECT FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid',
      [`"${index}"`],
    );
    if (rowCount) await client.query(`DROP INDEX CONCURRENTLY "${index}"`);
    await client.query(migration.sql);
    await enter(client, migration);
  } catch (error) {
    throw failed(`migration ${migration.name} failed and is tried anew at the next start`, error);
  }
}

async function enter(client: pg.Client, { name, checksum }: Migration): Promise<void> {
  await client.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
    [randomUUID(), checksum, name],
  );
}

function failed(what: string, error: unknown): MigrationError {
  const reason = error instanceof Error ? error.message : String(error);
  return new MigrationError(`${what}: ${reason}`, { cause: error });
}

/** A session lock on a connection of its own: it goes with the connection, whatever happens to the process. */
async function underLock<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'return-receipt migrations',
    // Who is not there says so at once; who is busy, or just starting, answers late.
    connectionTimeoutMillis: 20_000,
  });
  // Without a listener a lost connection would end the process; the query in progress rejects anyway.
  client.on('error', () => undefined);
  await client.connect();
  try {
    while (!(await isLocked(client))) await sleep(LOCK_TRIED_EVERY);
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Does not wait in the database: an index that is built concurrently would wait in turn for whoever does. */
async function isLocked(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ is: boolean }>('SELECT pg_try_advisory_lock($1) AS is', [
    MIGRATION_LOCK,
  ]);
  return rows[0]?.is === true;
}
