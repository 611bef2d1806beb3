import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { keptFile } from './run-folder.js';

/** A file of tests made a database, or has no more use for it. */
export interface DatabaseEvent {
  name: string;
  /** Path of the test file. */
  file: string;
  event: 'made' | 'given back';
}

/**
 * Workers note here which file made which database. A file gives its databases back when it ends; they are dropped if
 * it passed and kept if it failed, so that what it left can be looked at. Only the reporter knows which of the two it was.
 */
export function noteDatabase(folder: string, entry: DatabaseEvent): void {
  appendFileSync(listFile(folder), `${JSON.stringify(entry)}\n`);
}

/**
 * Drops the databases that a passed file has given back. Of a failed one it returns the names, and marks the folder as
 * kept.
 */
export async function settleDatabases(
  folder: string,
  postgresUrl: string,
  file: string,
  passed: boolean,
): Promise<string[]> {
  const entries = readList(folder).filter((entry) => entry.file === file);
  const named = (event: DatabaseEvent['event']) =>
    entries.filter((one) => one.event === event).map(({ name }) => name);
  const made = named('made');
  if (!passed) {
    if (made.length > 0) writeFileSync(keptFile(folder), '');
    return made;
  }
  const unwanted = named('given back').filter((name) => made.includes(name));
  if (unwanted.length > 0) await dropAll(postgresUrl, unwanted);
  return [];
}

async function dropAll(postgresUrl: string, names: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    for (const name of names) {
      await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
    }
  } finally {
    await client.end();
  }
}

function readList(folder: string): DatabaseEvent[] {
  if (!existsSync(listFile(folder))) return [];
  const lines = readFileSync(listFile(folder), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as DatabaseEvent);
}

function listFile(folder: string): string {
  return join(folder, 'databases.jsonl');
}
