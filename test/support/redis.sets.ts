import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../../apps/local/src/embedded/free-port.js';
import { atEnd } from './at-end.js';
import { makeCertificate } from './certificate.js';
import { eventually } from './eventually.js';
import { findRedis } from './redis.js';
import { ownFolder, ownRedis, type OwnRedis } from './servers.js';

/** Several servers that are one Redis to whoever uses them. They end with the file of tests. */
export interface RedisSet {
  /** As in REDIS_URL. */
  url: string;
  /** The master first. */
  servers: OwnRedis[];
}

/** A server that speaks TLS, with a certificate made for this run: `authority` is the file that vouches for it. */
export async function tlsRedis(): Promise<RedisSet & { authority: string }> {
  const { key, certificate: authority } = makeCertificate(ownFolder('certificate'));
  const port = await freePort();
  const server = await ownRedis({
    appendOnly: true,
    settings: {
      'tls-port': String(port),
      'tls-cert-file': authority,
      'tls-key-file': key,
      'tls-auth-clients': 'no',
    },
  });
  return { url: `rediss://127.0.0.1:${port}`, servers: [server], authority };
}

/** A master, a replica, and a sentinel that makes the one the other within about a second after a death. */
export async function sentinelRedis(): Promise<RedisSet> {
  const master = await ownRedis({ appendOnly: true });
  const replica = await ownRedis({ appendOnly: true, settings: { replicaof: `127.0.0.1 ${master.port}` } });
  await replies(replica, 'INFO', /master_link_status:up/);
  const [port, nobody] = [await freePort(), await freePort()];
  const folder = ownFolder('sentinel');
  const file = join(folder, 'sentinel.conf');
  const rules = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `logfile ${join(folder, 'sentinel-server.txt')}`,
    `sentinel monitor receipts 127.0.0.1 ${master.port} 1`,
    'sentinel down-after-milliseconds receipts 500',
    'sentinel failover-timeout receipts 3000',
  ];
  writeFileSync(file, rules.join('\n'));
  const sentinel = spawn(findRedis() ?? '', [file, '--sentinel'], { stdio: 'ignore' });
  atEnd(async () => {
    const gone = once(sentinel, 'exit');
    sentinel.kill();
    await gone;
  });
  await replies({ url: `redis://127.0.0.1:${port}` }, 'INFO', /slaves=1/);
  return {
    // The first one is not there: whoever asks has to ask the next.
    url: `redis+sentinel://127.0.0.1:${nobody},127.0.0.1:${port}/receipts`,
    servers: [master, replica],
  };
}

/** A cluster of three masters that share the slots. */
export async function clusterRedis(): Promise<RedisSet> {
  const nodes = await Promise.all(
    ['0 5460', '5461 10922', '10923 16383'].map(async (slots) => {
      const bus = await freePort();
      const server = await ownRedis({
        appendOnly: true,
        settings: { 'cluster-enabled': 'yes', 'cluster-port': String(bus), 'cluster-node-timeout': '2000' },
      });
      await call(server, 'CLUSTER', 'ADDSLOTSRANGE', ...slots.split(' '));
      return { server, bus };
    }),
  );
  const servers = nodes.map(({ server }) => server);
  const [first] = servers;
  for (const { server, bus } of nodes.slice(1))
    if (first) await call(first, 'CLUSTER', 'MEET', '127.0.0.1', String(server.port), String(bus));
  for (const server of servers) await replies(server, 'CLUSTER INFO', /cluster_state:ok/);
  return {
    url: `redis+cluster://${servers
      .slice(0, 2)
      .map(({ port }) => `127.0.0.1:${port}`)
      .join(',')}`,
    servers,
  };
}

async function call(server: { url: string }, command: string, ...words: string[]): Promise<string> {
  const redis = new Redis(server.url, { retryStrategy: () => null, enableReadyCheck: false });
  redis.on('error', () => undefined);
  try {
    return String(await redis.call(command, ...words));
  } finally {
    redis.disconnect();
  }
}

async function replies(server: { url: string }, command: string, wanted: RegExp): Promise<void> {
  const [name = '', ...words] = command.split(' ');
  await eventually(async () => wanted.test(await call(server, name, ...words)), {
    because: `${command} to say ${wanted.source}`,
  });
}
