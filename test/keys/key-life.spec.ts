import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { KEY_MEMORY, KeyService } from '#libs/keys/index.js';
import { PrismaService } from '#libs/platform/index.js';
import { Stack } from '../support/stack.js';

const DAY = 86_400_000;

let stack: Stack;
let service: KeyService;
beforeAll(async () => {
  stack = await Stack.start('key-life', { worker: false, settings: { API_KEY: '' } });
  service = new KeyService(stack.app.get(PrismaService));
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('a key', () => {
  it('is the bearer token or the password of HTTP Basic, so that a browser can open pages', async () => {
    const { key } = await aReader();
    expect(await statusWith(key)).toBe(200);
    const basic = Buffer.from(`anyone:${key}`).toString('base64');
    expect(await statusOf(`Basic ${basic}`)).toBe(200);
  });

  it('that a browser sends by itself changes nothing for another site', async () => {
    const { key } = await service.create({ name: 'writer', scopes: ['operate'] });
    const basic = `Basic ${Buffer.from(`anyone:${key}`).toString('base64')}`;
    const pause = async (authorization: string, headers: Record<string, string>) => {
      const asked = { template: 'rejected', reason: 'wrong link' };
      return (await stack.api('POST', '/v1/pauses', asked, { authorization, ...headers })).status;
    };
    const elsewhere = { 'sec-fetch-site': 'cross-site' };
    expect([
      await pause(basic, elsewhere),
      await pause(basic, { origin: 'https://e.example' }),
      await pause(basic, {}),
      await pause(`Bearer ${key}`, elsewhere),
    ]).toEqual([403, 403, 200, 200]);
  });

  it('leaves nothing in the database that it could be made from', async () => {
    const { key } = await aReader();
    const secret = key.replace(/^rr_[0-9a-f]+_/, '');
    const [row] = await stack.sql<{ text: string }>(
      'SELECT string_agg(k::text, chr(10)) AS text FROM api_keys k',
    );
    expect(row?.text).not.toContain(secret.slice(0, 12));
    expect(row?.text).not.toContain(Buffer.from(secret, 'base64url').toString('hex'));
  });

  it('that is revoked is refused by a running process as soon as it has forgotten it', async () => {
    const { id, key } = await aReader();
    expect(await statusWith(key)).toBe(200);
    await service.revoke(id);
    pass(KEY_MEMORY);
    expect(await statusWith(key)).toBe(401);
  });

  it('is changed without an interruption: make another, move, let the old one end later', async () => {
    const [old, next] = [await aReader(), await aReader()];
    await service.revoke(old.id, DAY);
    expect([await statusWith(old.key), await statusWith(next.key)]).toEqual([200, 200]);
    pass(KEY_MEMORY);
    expect([await statusWith(old.key), await statusWith(next.key)]).toEqual([200, 200]);
    pass(DAY);
    expect([await statusWith(old.key), await statusWith(next.key)]).toEqual([401, 200]);
  });

  it('ends at the instant that it was given, although it is remembered', async () => {
    const { key } = await service.create({ name: 'short', scopes: ['read'], lifetime: 60_000 });
    pass(60_000 - KEY_MEMORY / 2);
    expect(await statusWith(key)).toBe(200);
    pass(60_000);
    expect(await statusWith(key)).toBe(401);
  });

  it('that is to end may be ended sooner, and not later', async () => {
    const { id } = await aReader();
    const first = await service.revoke(id, DAY);
    expect(await service.revoke(id, 2 * DAY)).toEqual(first);
    const sooner = await service.revoke(id, 1000);
    expect(sooner?.getTime()).toBeLessThan(Date.now() + DAY);
    expect(await service.revoke('nobody')).toBeUndefined();
  });

  it('is listed with its state and its last use, and without its secret', async () => {
    const [used, ended] = [await aReader(), await aReader()];
    await statusWith(used.key);
    await service.revoke(ended.id);
    const listed = await service.list();
    const of = (id: string) => listed.find((key) => key.id === id);
    expect(of(used.id)).toMatchObject({ state: 'active', scopes: ['read'], lastUsedAt: expect.any(Date) });
    expect(of(ended.id)).toMatchObject({ state: 'revoked', lastUsedAt: null });
    expect(listed.every((key) => !('secretHash' in key))).toBe(true);
  });
});

const aReader = () => service.create({ name: 'reader', scopes: ['read'] });
const statusWith = (key: string) => statusOf(`Bearer ${key}`);
const statusOf = async (authorization: string) =>
  (await stack.api('GET', '/v1/notifications', undefined, { authorization })).status;

/** Milliseconds from now it is; only the clock is turned, nobody waits. */
function pass(milliseconds: number): void {
  vi.restoreAllMocks();
  const then = Date.now() + milliseconds;
  vi.spyOn(Date, 'now').mockImplementation(() => then);
}
