import { isDeepStrictEqual } from 'node:util';
import { Redis } from 'ioredis';
import { beforeAll, describe, expect, it } from 'vitest';
import { SharedStatuses } from '#libs/notifications/index.js';
import type { ApiProcess } from '../support/api.process.js';
import { atEnd } from '../support/at-end.js';
import { eventually } from '../support/eventually.js';
import { findRedis } from '../support/redis.js';
import { aCountedReturn, read, write, type CountedReturn } from '../support/rejected.returns.js';
import { ownRedis, type OwnRedis } from '../support/servers.js';
import { Stack } from '../support/stack.js';
import { TcpRelay } from '../support/tcp.relay.js';

/** Of three processes the third reaches Redis by a way that can be cut. */
describe.runIf(findRedis())('answers that are kept in Redis', () => {
  let server: OwnRedis;
  let redis: Redis;
  let relay: TcpRelay;
  let stack: Stack;
  let one: ApiProcess;
  let other: ApiProcess;
  let far: ApiProcess;

  beforeAll(async () => {
    server = await ownRedis({ appendOnly: true });
    redis = new Redis(server.url).on('error', () => undefined);
    atEnd(() => Promise.resolve(redis.disconnect()));
    relay = await TcpRelay.to(server.port);
    stack = await Stack.start('status-kept', { worker: false, redisUrl: server.url });
    const byRelay = { REDIS_URL: `redis://127.0.0.1:${relay.port}` };
    [one, other, far] = await Promise.all([
      stack.startApi().ready(),
      stack.startApi().ready(),
      stack.startApi(byRelay).ready(),
    ]);
  });

  const keyOf = ({ taxReturnId }: CountedReturn) => `return-receipt:status:${taxReturnId}`;

  /** One that all processes find in Redis. */
  async function aKeptReturn(): Promise<CountedReturn> {
    const owner = await aCountedReturn(stack);
    const isKept = async () => {
      await Promise.all([one, other, far].map((api) => read(api, owner)));
      return (await redis.get(keyOf(owner)))?.includes('\n') === true;
    };
    await eventually(isKept, { because: 'an answer in Redis' });
    return owner;
  }

  it('are what the next one hears, whichever process they ask, and by whichever id', async () => {
    const heardOfOne = async () => {
      const owner = await aKeptReturn();
      await read(one, owner, { by: 'submission' });
      // What nobody could know from Postgres.
      const [head = ''] = ((await redis.get(keyOf(owner))) ?? '').split('\n');
      await redis.set(keyOf(owner), `${head.replace('sealed', 'plain')}\n{"marked":1}\n{"marked":2}`);
      const ways = [undefined, { by: 'submission' }, { by: 'eligibility' }] as const;
      const answers = await Promise.all(ways.map((way) => read(other, owner, way)));
      return answers.map(({ text }) => text);
    };
    const all = ['{"marked":1}', '{"marked":1}', '{"marked":2}'];
    // A process that waits for Redis for half a second does without, and so do all for a while.
    await eventually(async () => isDeepStrictEqual(await heardOfOne(), all), { because: 'what is kept' });
  });

  it('hold no word of the authority in plain text', async () => {
    const owner = await aKeptReturn();
    expect((await read(one, owner)).text).toContain('The words of 0.');
    const keys = await redis.keys('return-receipt:status*');
    const values = await Promise.all(keys.map((key) => redis.get(key)));
    expect(values.length).toBeGreaterThan(1);
    expect(values.filter((value) => value?.includes('words'))).toEqual([]);
  });

  it('go away before the writer hears that its news is kept, and last no longer than they may', async () => {
    const owner = await aKeptReturn();
    for (let n = 1; n <= 20; n += 1) {
      await write(n % 2 ? one : far, owner, n);
      expect((await read(other, owner)).n).toBe(n);
      expect((await read(far, owner, { by: 'submission' })).n).toBe(n);
    }
    expect(await redis.pttl(keyOf(owner))).toBeGreaterThan(0);
  });

  it('are not put back by a reader that had read before the change', async () => {
    const shared = stack.app.get(SharedStatuses);
    const put = async () => {
      const owner = await aKeptReturn();
      const late = (await redis.get(keyOf(owner))) ?? '';
      const putBack = () => shared.keep(owner.taxReturnId, late, 60_000).catch(() => 'Redis is away');
      await write(one, owner, 1);
      const first = await putBack();
      const { n } = await read(other, owner);
      return { news: owner.base + 1, first, n, second: await putBack() };
    };
    const isRefused = async () => {
      const { news, first, n, second } = await put();
      expect(n).toBe(1);
      return first === String(news) && second?.startsWith(`${news} `) === true;
    };
    await eventually(isRefused, { because: 'a late answer that is refused' });
  });

  it('keep nobody waiting who has heard of a newer one that its writer could not tell Redis of', async () => {
    const owner = await aKeptReturn();
    const { tag } = await read(other, owner);
    await stack.sql('UPDATE tax_returns SET revision = revision + 1 WHERE id = $1', [owner.taxReturnId]);
    for (const path of [
      `/v1/tax-returns/${owner.taxReturnId}/status`,
      `/v1/submissions/${owner.submissionId}/status`,
    ]) {
      const headers = { 'if-none-match': tag, prefer: 'wait=40' };
      const answer = await other.call('GET', path, undefined, headers);
      expect([answer.status, answer.headers.get('preference-applied')]).toEqual([200, 'wait=40']);
    }
  });

  it('are not believed any more when a Redis comes back with what it held before', async () => {
    const owner = await aKeptReturn();
    await server.kill();
    await write(one, owner, 1);
    expect((await read(other, owner)).n).toBe(1);
    await server.start();
    await eventually(async () => (await redis.ping()) === 'PONG', { because: 'Redis' });
    expect((await redis.get(keyOf(owner)))?.startsWith(`${owner.base} `)).toBe(true);
    for (const api of [one, other, far, one, other, far]) expect((await read(api, owner)).n).toBe(1);
    const later = await aKeptReturn();
    expect(await Promise.all([one, other, far].map(async (api) => (await read(api, owner)).n))).toEqual([
      1, 1, 1,
    ]);
    expect((await read(one, later)).n).toBe(0);
  });

  it('are not believed any more when a Redis that gave no answer for a while goes on', async () => {
    const owner = await aKeptReturn();
    server.freeze();
    await write(one, owner, 1);
    expect((await read(other, owner)).n).toBe(1);
    server.thaw();
    for (const api of [far, one, other, far]) expect((await read(api, owner)).n).toBe(1);
    await aKeptReturn();
    for (const api of [far, one, other]) expect((await read(api, owner)).n).toBe(1);
  });

  it('are believed by nobody while one process cannot reach Redis: what it answers, all answer', async () => {
    const owner = await aKeptReturn();
    relay.cut();
    await write(far, owner, 1);
    expect((await read(one, owner)).n).toBe(1);
    const kept = await aCountedReturn(stack);
    await read(one, kept);
    await write(far, kept, 1);
    for (const api of [far, other, one]) expect((await read(api, kept)).n).toBe(1);
    relay.mend();
    await aKeptReturn();
    for (const api of [other, far, one]) expect((await read(api, owner)).n).toBe(1);
  });
});
