import { readFileSync } from 'node:fs';
import { Cluster, Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import { readRedisAddress, REDIS_FORMS } from './redis.address.js';
import type { RedisAddress } from './redis.address.js';
import type { SettingsWithoutRelay } from './settings.js';
import { StartError } from './start.error.js';

/** Milliseconds before the n-th attempt to connect again: soon at first, every two seconds for as long as it takes. */
const patience = (n: number): number => Math.min(n * 100, 2000);

/**
 * Connects to one server, to the master that sentinels name, or to a cluster. It connects again by itself, for ever;
 * commands wait meanwhile, as BullMQ wants it.
 * @throws StartError when REDIS_URL or REDIS_CA_FILE cannot be used
 */
export function openRedis(settings: SettingsWithoutRelay): Redis | Cluster {
  const address = redisAddressOf(settings);
  const shared = sharedOptions(address, settings);
  const client =
    address.form === 'cluster' ? openCluster(address, shared) : openServer(address, shared, settings);
  // It mends itself; what fails meanwhile is reported by whoever asked. Without a listener ioredis prints each error.
  client.on('error', () => undefined);
  return client;
}

/**
 * Another connection, for whoever would rather go without than wait: what cannot be sent fails at once, and nothing is sent twice. It
 * connects again by itself as well. Not for a cluster.
 */
export function openHastyRedis(settings: SettingsWithoutRelay): Redis {
  const address = redisAddressOf(settings);
  const shared = {
    ...sharedOptions(address, settings),
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 2_000,
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  };
  const client = openServer(address, shared, settings);
  client.on('error', () => undefined);
  return client;
}

/** BullMQ's keys go before a queue's name. In a cluster all of them must hash to one slot: hence the braces. */
export function redisPrefix(settings: SettingsWithoutRelay): string {
  return redisAddressOf(settings).form === 'cluster' ? `{${settings.QUEUE_PREFIX}}` : settings.QUEUE_PREFIX;
}

/** @throws StartError when REDIS_URL is none; the settings have seen to it before. */
export function redisAddressOf({ REDIS_URL = '' }: SettingsWithoutRelay): RedisAddress {
  const address = readRedisAddress(REDIS_URL);
  if (!address) throw new StartError([`REDIS_URL: ${REDIS_FORMS}.`]);
  return address;
}

function openCluster({ hosts, tls }: RedisAddress, shared: RedisOptions): Cluster {
  return new Cluster(hosts, {
    redisOptions: shared,
    clusterRetryStrategy: patience,
    // A certificate names hosts, not the addresses behind them.
    ...(tls ? { dnsLookup: (host, found) => found(null, host) } : {}),
  });
}

function openServer(
  { form, hosts, master, tls, database }: RedisAddress,
  shared: RedisOptions,
  settings: SettingsWithoutRelay,
): Redis {
  const options: RedisOptions = { ...shared, db: database, retryStrategy: patience };
  if (form === 'server') return new Redis({ ...options, ...hosts[0] });
  return new Redis({
    ...options,
    sentinels: hosts,
    name: master,
    sentinelPassword: settings.REDIS_SENTINEL_PASSWORD,
    sentinelRetryStrategy: patience,
    enableTLSForSentinelMode: tls,
    sentinelTLS: tls ? shared.tls : undefined,
  });
}

function sharedOptions(
  { username, password, tls }: RedisAddress,
  settings: SettingsWithoutRelay,
): RedisOptions {
  return {
    username,
    password,
    tls: tls ? { ca: certificateOf(settings) } : undefined,
    maxRetriesPerRequest: null,
    // Finds a peer that went without a word in seconds, not in the hours of the system's default.
    keepAlive: 10_000,
    connectTimeout: 5_000,
    // A master that became a replica: connect again, to whoever is master now, and repeat the command there.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
  };
}

/** Undefined leaves it to the authorities that Node knows. */
function certificateOf({ REDIS_CA_FILE: file }: SettingsWithoutRelay): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new StartError([
      'REDIS_CA_FILE: the file cannot be read: correct the path, or let this user read it.',
    ]);
  }
}
