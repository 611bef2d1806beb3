import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import pg from 'pg';
import { runFolder } from '../../../../test/support/run-folder.js';
import { startPostgres, type EmbeddedPostgres, type PostgresOptions } from './postgres.js';

let dataDirectory: string;
const started: EmbeddedPostgres[] = [];

beforeEach(() => {
  const folder = mkdtempSync(join(runFolder(), 'embedded-'));
  chmodSync(folder, 0o755);
  dataDirectory = join(folder, 'data');
});
afterEach(() => Promise.all(started.splice(0).map((server) => server.stop())));

async function start(options: Partial<PostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const server = await startPostgres({ dataDirectory, durable: false, ...options });
  started.push(server);
  return server;
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

test('data outlives a clean stop, and stopping twice is harmless', async () => {
  const first = await start();
  await first.createDatabase('app');
  await first.createDatabase('app');
  await query(first.url('app'), 'CREATE TABLE facts AS SELECT 7 AS id');
  await first.stop();
  await first.stop();
  expect(existsSync(join(dataDirectory, 'postmaster.pid'))).toBe(false);
  const second = await start();
  expect(second.adopted).toBe(false);
  expect(await query(second.url('app'), 'SELECT id FROM facts')).toEqual([{ id: 7 }]);
});

test('with a password it lets in nobody who has not read it, on data of before too, and is taken over all the same', async () => {
  const before = await start();
  await query(before.url('postgres'), 'CREATE TABLE facts AS SELECT 7 AS id');
  await before.stop();
  const passwordFile = `${dataDirectory}.password`;
  const first = await start({ passwordFile });
  expect(statSync(passwordFile).mode & 0o777).toBe(0o600);
  expect(await query(first.url('postgres'), 'SELECT id FROM facts')).toEqual([{ id: 7 }]);
  const open = `postgresql://postgres@127.0.0.1:${first.port}/postgres`;
  await expect(query(open, 'SELECT 1')).rejects.toThrow(/password/i);
  await expect(query(open.replace('@', ':guess@'), 'SELECT 1')).rejects.toThrow(/password/i);
  const second = await start({ passwordFile });
  expect([second.adopted, second.url('x')]).toEqual([true, first.url('x')]);
  await second.createDatabase('app');
});

test('it listens on 127.0.0.1 only and answers in UTC', async () => {
  const server = await start();
  const rows = await query(
    server.url('postgres'),
    `SELECT name, setting FROM pg_settings
    WHERE name IN ('listen_addresses', 'unix_socket_directories', 'TimeZone') ORDER BY name`,
  );
  expect(rows).toEqual([
    { name: 'TimeZone', setting: 'UTC' },
    { name: 'listen_addresses', setting: '127.0.0.1' },
    { name: 'unix_socket_directories', setting: '' },
  ]);
});

test('a server whose parent was killed is taken over, not started a second time', async () => {
  const first = await start();
  const second = await start();
  expect(second.adopted).toBe(true);
  expect([second.pid, second.port]).toEqual([first.pid, first.port]);
});

test('a killed server is started again on its data, even at once', async () => {
  const first = await start({ durable: true });
  await query(first.url('postgres'), 'CREATE TABLE facts AS SELECT 7 AS id');
  first.kill();
  const second = await start({ port: first.port });
  expect(second.port).toBe(first.port);
  expect(await query(second.url('postgres'), 'SELECT id FROM facts')).toEqual([{ id: 7 }]);
});

test('the process id of a dead server that another program has by now does not stand in the way', async () => {
  const first = await start();
  await first.stop();
  const other = spawn('sleep', ['60'], { stdio: 'ignore' });
  const lock = [other.pid, dataDirectory, 1, first.port, '', '127.0.0.1', '', 'ready   ', ''].join('\n');
  writeFileSync(join(dataDirectory, 'postmaster.pid'), lock);
  const second = await start();
  expect(second.adopted).toBe(false);
  other.kill();
});

test('an initialisation that was killed half-way is begun anew', async () => {
  mkdirSync(`${dataDirectory}.init-999999999`);
  const server = await start();
  expect(existsSync(`${dataDirectory}.init-999999999`)).toBe(false);
  expect(await query(server.url('postgres'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('when it cannot start, the error carries the end of its log', async () => {
  mkdirSync(dataDirectory);
  writeFileSync(join(dataDirectory, 'PG_VERSION'), '9.6\n');
  if (process.getuid?.() === 0)
    await import('node:fs').then(({ chownSync }) => chownSync(dataDirectory, 65534, 65534));
  chmodSync(dataDirectory, 0o700);
  await expect(start()).rejects.toThrow(/Postgres did not start on .*:\n[^]*FATAL|could not/);
});

test('copies of a template share its tables and nothing afterwards', async () => {
  const server = await start();
  await server.createDatabase('model');
  await query(server.url('model'), 'CREATE TABLE facts (id int)');
  await server.createDatabase('copy', 'model');
  await query(server.url('copy'), 'INSERT INTO facts VALUES (1)');
  expect(await query(server.url('model'), 'SELECT * FROM facts')).toEqual([]);
  await expect(server.createDatabase('copy', 'model')).rejects.toThrow('already exists');
});
