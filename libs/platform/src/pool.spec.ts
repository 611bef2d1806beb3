import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PrismaService } from './prisma.service.js';
import { connectSendQueue } from './send-queue.backend.js';
import type { Settings } from './settings.js';

/** A message of Postgres: its letter, its length, what it says. */
function message(letter: string, said: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(said.length + 4);
  return Buffer.concat([Buffer.from(letter), length, said]);
}

const AUTHENTICATED = message('R', Buffer.alloc(4));
const READY = message('Z', Buffer.from('I'));
const SHUT_DOWN = message('E', Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0'));

describe('a server that ends each connection in the breath in which it takes it', () => {
  let server: Server;
  let settings: Settings;
  beforeAll(async () => {
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(Buffer.concat([AUTHENTICATED, READY, SHUT_DOWN])));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const DATABASE_URL = `postgresql://postgres@127.0.0.1:${port}/none`;
    settings = { DATABASE_URL, DATABASE_POOL: 2, DATABASE_WAIT: 60_000 } as Settings;
  });
  afterAll(() => server.close());

  const uncaught: Error[] = [];
  const hear = (error: Error) => uncaught.push(error);
  beforeEach(() => process.on('uncaughtException', hear));
  afterEach(() => {
    process.off('uncaughtException', hear);
    expect(uncaught.splice(0)).toEqual([]);
  });

  it('fails a statement and a transaction, and not the process', async () => {
    const prisma = new PrismaService(settings);
    await expect(prisma.$queryRaw`SELECT 1`).rejects.toThrow('terminating connection');
    await expect(prisma.$transaction((tx) => tx.$queryRaw`SELECT 1`)).rejects.toThrow(
      /terminat|not queryable/,
    );
    await prisma.$disconnect();
  });

  it('fails what asks for a connection of the send queue, and not the process', async () => {
    const backend = connectSendQueue(settings);
    const pool = backend.options.connection as pg.Pool;
    const client = await pool.connect();
    await expect(client.query('LISTEN jobs')).rejects.toThrow(/terminat|not queryable/);
    client.release();
    await backend.close();
  });
});
