import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import pg from 'pg';
import { noteDatabase } from './kept-databases.js';
import { TEMPLATE } from './postgres.seed.js';
import { runFolder } from './run-folder.js';

/** A database of its own with all migrations and BullMQ's tables. */
export interface FreshDatabase {
  name: string;
  url: string;
  /**
   * Gives it back, in `afterAll`: it is dropped when every test of the file passed, and kept and named at the end of
   * the run when one failed.
   */
  drop(): Promise<void>;
}

/** Copies the template: about 0.1 s. The label says in a list of databases whose it is. */
export async function freshDatabase(label: string): Promise<FreshDatabase> {
  const name = `${label.toLowerCase().replace(/[^a-z0-9]+/g, '_')}_${randomBytes(4).toString('hex')}`.slice(
    -63,
  );
  const file = expect.getState().testPath ?? '';
  noteDatabase(runFolder(), { name, file, event: 'made' });
  await administer(`CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE ${TEMPLATE}`);
  return {
    name,
    url: databaseUrl(name),
    drop: () => Promise.resolve(noteDatabase(runFolder(), { name, file, event: 'given back' })),
  };
}

/** Address of a database of the run's Postgres. */
export function databaseUrl(name: string): string {
  const url = new URL(process.env.TEST_POSTGRES_URL ?? '');
  url.pathname = `/${name}`;
  return url.href;
}

async function administer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: process.env.TEST_POSTGRES_URL });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
