import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis, type ChainableCommander } from 'ioredis';
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

/** Every key of a Redis database, with its value whatever its type; a thousand keys in two round trips. */
async function inRedis(url: string): Promise<string[]> {
  const redis = new Redis(url);
  try {
    const found: string[] = [];
    for await (const keys of redis.scanStream({ count: 1000 }) as AsyncIterable<string[]>) {
      const types = await together(redis, keys, (pipeline, key) => pipeline.type(key));
      const typeOf = new Map(keys.map((key, index) => [key, String(types[index])]));
      const values = await together(redis, keys, (pipeline, key) => read(pipeline, key, typeOf.get(key)));
      for (const [index, key] of keys.entries())
        found.push(...inText(`redis key ${key}`, `${key} ${JSON.stringify(values[index])}`));
    }
    return found;
  } finally {
    redis.disconnect();
  }
}

/** What one command for each of the keys answers, in their order. */
async function together(
  redis: Redis,
  keys: string[],
  add: (pipeline: ChainableCommander, key: string) => void,
): Promise<unknown[]> {
  const pipeline = redis.pipeline();
  for (const key of keys) add(pipeline, key);
  const answers = (await pipeline.exec()) ?? [];
  return answers.map(([error, value]) => {
    if (error) throw error;
    return value;
  });
}

/** In plain text: what DUMP gives is compressed. */
function read(pipeline: ChainableCommander, key: string, type?: string): ChainableCommander {
  switch (type) {
    // 'none' has gone since it was listed.
    case 'none':
    case 'string':
      return pipeline.get(key);
    case 'hash':
      return pipeline.hgetall(key);
    case 'list':
      return pipeline.lrange(key, 0, -1);
    case 'set':
      return pipeline.smembers(key);
    case 'zset':
      return pipeline.zrange(key, '0', '-1');
    case 'stream':
      return pipeline.xrange(key, '-', '+');
    default:
      throw new Error(`the scan for addresses cannot read a ${type}: ${key}`);
  }
}

/** Where an address stands in a text, said with its place. */
export function inText(place: string, text: string): string[] {
  const match = ADDRESS.exec(text);
  return match ? [`${place}: …${text.slice(Math.max(0, match.index - 40), match.index + 60)}…`] : [];
}
