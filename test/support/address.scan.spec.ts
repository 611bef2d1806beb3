import { expect, it } from 'vitest';
import { Redis } from 'ioredis';
import { findAddresses } from './address.scan.js';
import { freshDatabase } from './database.js';
import { runFolder } from './run-folder.js';
import { freshRedis } from './servers.js';

const onRedis = process.env.TEST_REDIS_URL ? it : it.skip;
const ADDRESS = 'taxpayer@example.com';

onRedis(
  'the scan for addresses reads every type of value of a Redis, also behind thousands of keys',
  async () => {
    const database = await freshDatabase('address scan');
    const redisUrl = await freshRedis();
    const redis = new Redis(redisUrl);
    const fill = redis.pipeline();
    for (let key = 0; key < 2500; key += 1) fill.hset(`job:${key}`, 'data', 'nothing');
    fill.set('string', ADDRESS);
    fill.hset('hash', 'data', ADDRESS);
    fill.rpush('list', ADDRESS);
    fill.sadd('set', ADDRESS);
    fill.zadd('zset', 1, ADDRESS);
    fill.xadd('stream', '*', 'data', ADDRESS);
    fill.set(`name:${ADDRESS}`, 'nothing');
    await fill.exec();
    redis.disconnect();
    const found = await findAddresses({
      databaseUrl: database.url,
      redisUrls: [redisUrl],
      logFolder: runFolder(),
      logPrefix: 'no log is called so',
    });
    expect(found.map((place) => /^redis key (\w+)/.exec(place)?.[1]).sort()).toEqual([
      'hash',
      'list',
      'name',
      'set',
      'stream',
      'string',
      'zset',
    ]);
    await database.drop();
  },
);
