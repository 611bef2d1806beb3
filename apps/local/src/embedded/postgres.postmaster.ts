import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** The first lines of postmaster.pid that we need. */
export interface Postmaster {
  pid: number;
  port: number;
  ready: boolean;
}

/** Address of a database of the server on this port. @param password where the server asks for one; fit for a URL. */
export function urlOf(port: number, database: string, password?: string): string {
  const user = password === undefined ? 'postgres' : `postgres:${password}`;
  return `postgresql://${user}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

/** What postmaster.pid in the data folder says; undefined without one. */
export function readPidFile(data: string): Postmaster | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  return { pid: Number(lines[0]), port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
}

/** A server killed with its parent may stay as a zombie where nobody reaps; its number may also belong to another by now. */
export function isPostgres(pid: number): boolean {
  if (!Number.isInteger(pid) || pid < 2) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  if (process.platform !== 'linux') return true;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres');
  } catch {
    return false;
  }
}

/** The server that answers for this data folder, waiting for one that is still starting; clears what a dead one left. */
export async function findRunning(
  data: string,
  timeoutMs: number,
  password?: string,
): Promise<Postmaster | undefined> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = readPidFile(data);
    if (!found) return undefined;
    if (!isPostgres(found.pid)) {
      // Postgres refuses to start when an unrelated process has the number of a dead postmaster.
      rmSync(join(data, 'postmaster.pid'), { force: true });
      return undefined;
    }
    if (found.ready && (await serves(found.port, data, password))) return found;
    if (Date.now() > deadline) {
      throw new Error(
        `process ${found.pid} holds ${data} but does not answer on port ${found.port}: end it, then start again`,
      );
    }
    await sleep(25);
  }
}

async function serves(port: number, data: string, password?: string): Promise<boolean> {
  try {
    const rows = await query<{ data_directory: string }>(port, 'SHOW data_directory', password);
    return rows[0]?.data_directory === data;
  } catch {
    return false;
  }
}

/** One statement as the superuser, on a connection of its own to the database `postgres`. */
export async function query<Row extends pg.QueryResultRow>(
  port: number,
  sql: string,
  password?: string,
): Promise<Row[]> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres', password });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
