import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';

/** What looks like an e-mail address, but for our own: Message-IDs, and user@host of a server on this machine. */
const ADDRESS = /[^\s<>"@]+@(?!return-receipt\.example\.org|127\.0\.0\.1|localhost)[\w-]+(\.[\w-]+)+/;

/** Where addresses were found: `table`, `redis key` or file, each with what stands around one. Empty when all is well. */
export async function findAddresses(places: {
  databaseUrl: string;
  redisUrls: string[];
  logFolder: string;
  logPrefix: string;
}): Promise<string[]> {
  const found = await inDatabase(places.databaseUrl);
  for (const url of places.redisUrls) found.push(...(await inRedis(url)));
  return [...found, ...addressesInLogs(places.logFolder, places.logPrefix)];
}

/** Where addresses stand in the log files of a folder and of the folders in it. */
export function addressesInLogs(folder: string, prefix = ''): string[] {
  const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? readdirSync(join(folder, entry.name)).map((name) => join(entry.name, name))
      : entry.name,
  );
  return names
    .filter((name) => name.startsWith(prefix) && name.endsWith('.log'))
    .flatMap((name) => inText(`log ${name}`, readFileSync(join(folder, name), 'utf8')));
}

/** Every row of every table of every schema of ours, as text. */
async function inDatabase(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    const found: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(
        `SELECT t::text AS row FROM ${name} t WHERE t::text LIKE '%@%'`,
      );
      found.push(...rows.flatMap(({ row }) => inText(`table ${name}`, row)));
    }
    return found;
  } finally {
    await client.end();
  }
}

/** Every key of a Redis database, with its value whatever its type. */
async function inRedis(url: string): Promise<string[]> {
  const redis = new Redis(url);
  try {
    const found: string[] = [];
    for (const key of await redis.keys('*')) {
      const value = JSON.stringify(await valueOf(redis, key));
      found.push(...inText(`redis key ${key}`, `${key} ${value}`));
    }
    return found;
  } finally {
    redis.disconnect();
  }
}

/** In plain text: what DUMP gives is compressed. */
async function valueOf(redis: Redis, key: string): Promise<unknown> {
  const type = await redis.type(key);
  switch (type) {
    case 'string':
      return redis.get(key);
    case 'hash':
      return redis.hgetall(key);
    case 'list':
      return redis.lrange(key, 0, -1);
    case 'set':
      return redis.smembers(key);
    case 'zset':
      return redis.zrange(key, '0', '-1');
    case 'stream':
      return redis.xrange(key, '-', '+');
    case 'none':
      return undefined;
    default:
      throw new Error(`the scan for addresses cannot read a ${type}: ${key}`);
  }
}

function inText(place: string, text: string): string[] {
  const match = ADDRESS.exec(text);
  return match ? [`${place}: …${text.slice(Math.max(0, match.index - 40), match.index + 60)}…`] : [];
}
