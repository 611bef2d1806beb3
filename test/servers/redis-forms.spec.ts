import { describe, expect, it } from 'vitest';
import { Redis } from 'ioredis';
import { Run } from '../crash/run.js';
import { eventually } from '../support/eventually.js';
import { clusterRedis, sentinelRedis, tlsRedis, type RedisSet } from '../support/redis.sets.js';
import type { StackOptions } from '../support/stack.js';

const onRedis = process.env.TEST_REDIS_URL ? describe : describe.skip;

onRedis('the send queue in every form of Redis', () => {
  function running(label: string, set: RedisSet, options: StackOptions = {}): Promise<Run> {
    const redisServers = set.servers.map(({ url }) => url);
    return Run.start(label, { redisUrl: set.url, redisServers, ...options });
  }

  it('over TLS, with an authority of its own: each mail once', async () => {
    const redis = await tlsRedis();
    const run = await running('redis-tls', redis, { settings: { REDIS_CA_FILE: redis.authority } });
    await run.expectEachMailOnce();
  });

  it('behind sentinels, whose master is killed in mid-run: the replica takes over, each mail once', async () => {
    const redis = await sentinelRedis();
    const [master, replica] = redis.servers;
    const run = await running('redis-sentinel', redis, { redisServers: replica ? [replica.url] : [] });
    await run.until(0.2);
    await master?.kill();
    await run.expectEachMailOnce();
    await eventually(async () => (await roleOf(replica?.url)) === 'master', { because: 'a new master' });
  });

  it('in a cluster of three: every key in one slot, each mail once', async () => {
    const redis = await clusterRedis();
    const run = await running('redis-cluster', redis);
    await run.expectEachMailOnce();
    const keys = (await Promise.all(redis.servers.map(({ url }) => keysOf(url)))).filter(
      (some) => some.length > 0,
    );
    expect(keys).toHaveLength(1);
    expect(keys.flat().every((key) => key.startsWith('{return-receipt}:'))).toBe(true);
  });
});

async function roleOf(url = ''): Promise<unknown> {
  const redis = new Redis(url);
  const [role] = await redis.role().finally(() => redis.disconnect());
  return role;
}

async function keysOf(url: string): Promise<string[]> {
  const redis = new Redis(url);
  return redis.keys('*').finally(() => redis.disconnect());
}
