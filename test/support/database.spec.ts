import { mkdtempSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import pg from 'pg';
import { databaseUrl, freshDatabase, type FreshDatabase } from './database.js';
import { runFolder } from './run-folder.js';
import { noteDatabase, settleDatabases } from './kept-databases.js';
import { keptFile } from './run-folder.js';

const made: FreshDatabase[] = [];
afterAll(() => Promise.all(made.map((database) => database.drop())));

async function fresh(label: string): Promise<FreshDatabase> {
  const database = await freshDatabase(label);
  made.push(database);
  return database;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
}

async function exists(name: string): Promise<boolean> {
  const rows = await query(databaseUrl('postgres'), `SELECT 1 FROM pg_database WHERE datname = '${name}'`);
  return rows.length === 1;
}

test('a fresh database has the migrations and the queue tables, and shares nothing with another', async () => {
  const [one, two] = await Promise.all([fresh('Database spec'), fresh('Database spec')]);
  expect(one?.name).toMatch(/^database_spec_[0-9a-f]{8}$/);
  await query(one?.url ?? '', 'CREATE TABLE mine (id int)');
  await query(one?.url ?? '', 'SELECT count(*) FROM _prisma_migrations');
  await query(one?.url ?? '', 'SELECT count(*) FROM bullmq.migration');
  await expect(query(two?.url ?? '', 'SELECT * FROM mine')).rejects.toThrow('does not exist');
});

test('what a passed file gave back is dropped, even with a connection left open', async () => {
  const folder = mkdtempSync(join(runFolder(), 'settle-'));
  const { name, url } = await fresh('passed');
  noteDatabase(folder, { name, file: 'a.spec.ts', event: 'made' });
  const forgotten = new pg.Client({ connectionString: url });
  forgotten.on('error', () => undefined);
  await forgotten.connect();
  await settleDatabases(folder, databaseUrl('postgres'), 'a.spec.ts', true);
  expect(await exists(name)).toBe(true);
  noteDatabase(folder, { name, file: 'a.spec.ts', event: 'given back' });
  await settleDatabases(folder, databaseUrl('postgres'), 'a.spec.ts', true);
  expect(await exists(name)).toBe(false);
});

test('what a failed file made is kept and named', async () => {
  const folder = mkdtempSync(join(runFolder(), 'settle-'));
  const { name } = await fresh('failed');
  noteDatabase(folder, { name, file: 'b.spec.ts', event: 'made' });
  noteDatabase(folder, { name, file: 'b.spec.ts', event: 'given back' });
  expect(await settleDatabases(folder, databaseUrl('postgres'), 'b.spec.ts', false)).toEqual([name]);
  expect(await exists(name)).toBe(true);
  expect(existsSync(keptFile(folder))).toBe(true);
});
