import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import pg from 'pg';
import { databaseUrl } from '../../../test/support/database.js';
import { eventually } from '../../../test/support/eventually.js';
import { runFolder } from '../../../test/support/run-folder.js';
import { applyMigrations, MigrationError, prepareQueueSchema } from './database.migrate.js';

const databases: string[] = [];
let url: string;
let directory: string;

beforeEach(async () => {
  const name = `migrate_${Date.now()}_${databases.length}`;
  databases.push(name);
  await query(databaseUrl('postgres'), `CREATE DATABASE ${name}`);
  url = databaseUrl(name);
  directory = mkdtempSync(join(runFolder(), 'migrations-'));
});

afterAll(async () => {
  for (const name of databases) await query(databaseUrl('postgres'), `DROP DATABASE ${name} WITH (FORCE)`);
});

async function query<Row extends pg.QueryResultRow>(address: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: address });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

function write(name: string, sql: string): void {
  mkdirSync(join(directory, name), { recursive: true });
  writeFileSync(join(directory, name, 'migration.sql'), sql);
}

test('migrations are applied in the order of their names, and once', async () => {
  write('2_second', 'ALTER TABLE things ADD COLUMN name text;');
  write('1_first', 'CREATE TABLE things (id int); CREATE TABLE others (id int);');
  writeFileSync(join(directory, 'migration_lock.toml'), 'provider = "postgresql"');
  expect(await applyMigrations(url, directory)).toEqual(['1_first', '2_second']);
  expect(await applyMigrations(url, directory)).toEqual([]);
  write('3_third', 'DROP TABLE others;');
  expect(await applyMigrations(url, directory)).toEqual(['3_third']);
});

test('many processes that start at once apply each migration once', async () => {
  write('1_first', 'CREATE TABLE things (id int); SELECT pg_sleep(0.1);');
  const applied = await Promise.all(Array.from({ length: 5 }, () => applyMigrations(url, directory)));
  expect(applied.flat()).toEqual(['1_first']);
});

test('the ledger is one that Prisma reads: finished, one step, the SHA-256 of the file', async () => {
  write('1_first', 'CREATE TABLE things (id int);');
  await applyMigrations(url, directory);
  const rows = await query(url, 'SELECT * FROM _prisma_migrations');
  expect(rows).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      // printf 'CREATE TABLE things (id int);' | sha256sum
      checksum: '4bd673dd2d759f8bfa25dba9b4f2b2c3751d91b6e007d79b7c88ec39f1bfc042',
      migration_name: '1_first',
      started_at: expect.any(Date),
      finished_at: expect.any(Date),
      applied_steps_count: 1,
      logs: null,
      rolled_back_at: null,
    },
  ]);
});

test('a migration that was changed after it was applied is refused before anything is done', async () => {
  write('1_first', 'CREATE TABLE things (id int);');
  await applyMigrations(url, directory);
  write('1_first', 'CREATE TABLE things (id bigint);');
  write('2_second', 'CREATE TABLE more (id int);');
  const again = applyMigrations(url, directory);
  await expect(again).rejects.toThrow(MigrationError);
  await expect(again).rejects.toThrow('1_first was changed after it was applied');
  await expect(query(url, 'SELECT * FROM more')).rejects.toThrow('does not exist');
});

test('a migration that fails is undone whole, and the ones before it stay', async () => {
  write('1_first', 'CREATE TABLE things (id int);');
  write('2_second', 'CREATE TABLE more (id int); SELECT nonsense;');
  await expect(applyMigrations(url, directory)).rejects.toThrow(/2_second failed and was undone: .*nonsense/);
  await expect(query(url, 'SELECT * FROM more')).rejects.toThrow('does not exist');
  write('2_second', 'CREATE TABLE more (id int);');
  expect(await applyMigrations(url, directory)).toEqual(['2_second']);
});

test('an index is built beside the service by one of many, and one that broke off is built anew', async () => {
  write('1_first', 'CREATE TABLE things (id int); INSERT INTO things VALUES (1), (1);');
  write(
    '2_second',
    '-- Why.\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "things_id_idx" ON "things"("id");\n',
  );
  const index = `SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass('things_id_idx')`;
  await expect(applyMigrations(url, directory)).rejects.toThrow(/2_second failed and is tried anew/);
  expect(await query(url, index)).toEqual([{ valid: false }]);
  await query(url, 'DELETE FROM things');
  // Held up while the others come to wait for their turn.
  const writer = new pg.Client({ connectionString: url });
  await writer.connect();
  await writer.query('BEGIN; INSERT INTO things VALUES (1)');
  const starts = Promise.all(Array.from({ length: 3 }, () => applyMigrations(url, directory)));
  const waiting = `SELECT FROM pg_stat_activity WHERE application_name = 'return-receipt migrations' AND datname = current_database()`;
  await eventually(async () => (await query(url, waiting)).length === 3, {
    because: 'all three to be there',
  });
  await writer.query('COMMIT');
  await writer.end();
  expect((await starts).flat()).toEqual(['2_second']);
  expect(await query(url, index)).toEqual([{ valid: true }]);
});

test('a migration that another tool began and did not finish stops the start', async () => {
  write('1_first', 'CREATE TABLE things (id int);');
  await applyMigrations(url, directory);
  await query(url, 'UPDATE _prisma_migrations SET finished_at = NULL');
  await expect(applyMigrations(url, directory)).rejects.toThrow('was begun by another tool and not finished');
});

test('a database that is ahead of the folder is let be, so that an older release can start', async () => {
  write('1_first', 'CREATE TABLE things (id int);');
  await applyMigrations(url, directory);
  expect(await applyMigrations(url, mkdtempSync(join(runFolder(), 'older-')))).toEqual([]);
});

test('a folder without its migration.sql is named', async () => {
  mkdirSync(join(directory, '1_empty'));
  await expect(applyMigrations(url, directory)).rejects.toThrow('1_empty has no migration.sql');
});

test('the queue tables are made once, whoever starts first', async () => {
  await Promise.all([prepareQueueSchema(url), prepareQueueSchema(url), prepareQueueSchema(url)]);
  const [row] = await query<{ there: boolean }>(url, `SELECT to_regclass('bullmq.job') IS NOT NULL AS there`);
  expect(row?.there).toBe(true);
});
