import { describe, expect, it } from 'vitest';
import { readRedisAddress, redisPlace } from './redis.address.js';

describe('a Redis address', () => {
  it.each([
    ['redis://redis', { form: 'server', tls: false, hosts: [{ host: 'redis', port: 6379 }], database: 0 }],
    [
      'rediss://[::1]:6380/3',
      { form: 'server', tls: true, hosts: [{ host: '::1', port: 6380 }], database: 3 },
    ],
    [
      'redis://:p%40ss@redis:1',
      { username: undefined, password: 'p@ss', hosts: [{ host: 'redis', port: 1 }] },
    ],
    [
      'rediss+sentinel://me:secret@a,b:1/main/2',
      {
        form: 'sentinel',
        tls: true,
        username: 'me',
        password: 'secret',
        hosts: [
          { host: 'a', port: 26379 },
          { host: 'b', port: 1 },
        ],
        master: 'main',
        database: 2,
      },
    ],
    ['redis+cluster://a:7000,b', { form: 'cluster', hosts: [{ port: 7000 }, { host: 'b', port: 6379 }] }],
  ])('%s is understood', (url, meaning) => {
    expect(readRedisAddress(url)).toMatchObject(meaning);
  });

  it.each([
    'http://redis',
    'redis://',
    'redis://a,b',
    'redis://a/main',
    'redis://a:70000',
    'redis+sentinel://a',
    'redis+cluster://a/1',
    'redis://me:%zz@a',
    'redis+other://a',
  ])('%s is refused', (url) => expect(readRedisAddress(url)).toBeUndefined());

  it('is told to people without user and password', () => {
    const address = readRedisAddress('redis+sentinel://me:secret@a,b:1/main');
    expect(address && redisPlace(address)).toBe('Redis "main" of the sentinels at a:26379, b:1');
  });
});
