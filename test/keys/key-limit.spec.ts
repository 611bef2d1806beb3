import { beforeAll, describe, expect, it } from 'vitest';
import { KeyLimit, KeyService } from '#libs/keys/index.js';
import { PrismaService } from '#libs/platform/index.js';
import { Stack } from '../support/stack.js';

const LIMIT = 20;

/** Two processes of the API on one database. */
let stacks: [Stack, Stack];
beforeAll(async () => {
  const settings = { REQUESTS_PER_MINUTE: String(LIMIT) };
  const one = await Stack.start('key-limit', { worker: false, settings });
  const databaseUrl = one.environment.DATABASE_URL;
  stacks = [one, await Stack.start('key-limit-2', { worker: false, settings, databaseUrl })];
});

describe('the limit of a key', () => {
  it('is shared by all processes; who is over it hears when to come again', async () => {
    const key = await aKey('busy');
    const answers = await Promise.all([...callOften(stacks[0], key), ...callOften(stacks[1], key)]);
    const refused = answers.filter(({ status }) => status === 429);
    expect([answers.filter(({ status }) => status === 200).length, refused.length]).toEqual([LIMIT, 10]);
    for (const { headers, body } of refused) {
      const seconds = Number(headers.get('retry-after'));
      expect(seconds > 0 && seconds <= 60).toBe(true);
      expect(body).toMatchObject({
        status: 429,
        detail: expect.stringContaining('"busy" may make 20 requests'),
      });
    }
  });

  it('of one key is not the limit of another', async () => {
    const [busy, quiet] = [await aKey('busy'), await aKey('quiet')];
    await Promise.all([...callOften(stacks[0], busy), ...callOften(stacks[0], busy)]);
    expect((await call(stacks[0], busy)).status).toBe(429);
    expect((await call(stacks[0], quiet)).status).toBe(200);
  });

  it('begins anew when the minute is over', async () => {
    const id = 'minute';
    expect(await takes(limitOf(2), id, 3)).toEqual([0, 0, expect.any(Number)]);
    await stacks[0].sql(`UPDATE api_key_use SET since = since - interval '61 s' WHERE key_id = $1`, [id]);
    expect(await takes(limitOf(2), id, 2)).toEqual([0, 0]);
  });

  it('costs one statement for a hundredth of it, however many requests come at once', async () => {
    const limit = limitOf(60_000);
    const reserved = async () => {
      const rows = await stacks[0].sql<{ reserved: number }>(
        `SELECT reserved FROM api_key_use WHERE key_id = 'many'`,
      );
      return rows[0]?.reserved;
    };
    expect(new Set(await takes(limit, 'many', 600))).toEqual(new Set([0]));
    expect(await reserved()).toBe(600);
    await limit.take('many');
    expect(await reserved()).toBe(1200);
  });
});

function limitOf(requests: number): KeyLimit {
  return new KeyLimit(stacks[0].app.get(PrismaService), { REQUESTS_PER_MINUTE: requests });
}

function takes(limit: KeyLimit, id: string, times: number): Promise<number[]> {
  return Promise.all(Array.from({ length: times }, () => limit.take(id)));
}

async function aKey(name: string): Promise<string> {
  const service = new KeyService(stacks[0].app.get(PrismaService));
  return (await service.create({ name, scopes: ['read'] })).key;
}

function call(stack: Stack, key: string) {
  return stack.api('GET', '/v1/notifications', undefined, { authorization: `Bearer ${key}` });
}

function callOften(stack: Stack, key: string) {
  return Array.from({ length: 15 }, () => call(stack, key));
}
