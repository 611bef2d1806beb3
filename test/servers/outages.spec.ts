import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import type { ApiProcess } from '../support/api.process.js';
import { eventually } from '../support/eventually.js';
import { aReturn, type MadeReturn } from '../support/make.js';
import { ownDatabase } from '../support/own.database.js';
import { RawCall } from '../support/raw.call.js';
import { ownPostgres, ownRedis, type OwnPostgres } from '../support/servers.js';
import { Stack } from '../support/stack.js';
import { TcpRelay } from '../support/tcp.relay.js';

/** Milliseconds in which what is to take half a second, or five, is done on any machine; before it took 3 s, or a minute. */
const [SOON, IN_TIME] = [2_000, 30_000];

let postgres: OwnPostgres;
let stack: Stack;
let api: ApiProcess;
let owner: MadeReturn;
beforeAll(async () => {
  postgres = await ownPostgres();
  stack = await Stack.start('outages', { worker: false, databaseUrl: await ownDatabase(postgres) });
  owner = await aReturn(stack);
  // As in production; the wait for a connection is still that of a test.
  api = await stack.startApi({ DATABASE_SILENT_FOR: '4s' }).ready();
});

interface Timed {
  status: number;
  type?: string;
  again: number;
  took: number;
}

async function timed(
  one: ApiProcess,
  method: string,
  path: string,
  body?: unknown,
  headers = {},
): Promise<Timed> {
  const began = performance.now();
  const answer = await one.call(method, path, body, headers);
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json');
  const { type } = isJson ? (JSON.parse(text) as { type?: string }) : {};
  const again = Number(answer.headers.get('retry-after'));
  return { status: answer.status, type, again, took: performance.now() - began };
}

/** A look at readiness that did not wait for what is down. */
const readiness = (one: ApiProcess): Promise<Timed> =>
  eventually(
    async () => {
      const look = await timed(one, 'GET', '/health/ready');
      return look.took < SOON ? look : undefined;
    },
    { because: 'a probe that is answered soon', timeout: 60_000 },
  );

const unavailable = { status: 503, type: '/problems/unavailable' };

/** Everything that a caller may want; a guard is the first to ask. */
function everyWay(): Promise<Timed[]> {
  // Another each time, or it would be remembered.
  const unknownKey = { authorization: `Bearer rr_${randomBytes(6).toString('hex')}_${'b'.repeat(43)}` };
  return Promise.all([
    timed(api, 'GET', '/v1/notifications'),
    timed(api, 'GET', '/v1/notifications', undefined, unknownKey),
    timed(api, 'GET', '/v1/audit'),
    timed(api, 'GET', '/v1/notifications.csv'),
    timed(api, 'PUT', `/v1/tax-returns/${owner.taxReturnId}`, { language: 'es' }),
    timed(api, 'POST', '/v1/submission-status', { taxReturnId: owner.taxReturnId, status: 'submitted' }),
    timed(api, 'POST', '/v1/notifications', { taxReturnId: owner.taxReturnId, template: 'reminder-state' }),
    ...Array.from({ length: 20 }, () => timed(api, 'GET', `/v1/tax-returns/${owner.taxReturnId}/timeline`)),
  ]);
}

describe('while Postgres is frozen', () => {
  it('every call is told in time to come again, probes at once, and all goes on when it thaws', async () => {
    expect((await everyWay()).map(({ status }) => status)).not.toContain(503);
    postgres.freeze();
    try {
      const [ready, answers] = await Promise.all([readiness(api), everyWay()]);
      expect(ready).toMatchObject(unavailable);
      expect((await timed(api, 'GET', '/health/live')).status).toBe(200);
      for (const answer of answers) {
        expect(answer).toMatchObject(unavailable);
        expect(answer.again).toBeGreaterThan(0);
        expect(answer.took).toBeLessThan(IN_TIME);
      }
    } finally {
      postgres.thaw();
    }
    await eventually(async () => (await timed(api, 'GET', '/health/ready')).status === 200, {
      because: 'a service that goes on',
    });
    expect((await everyWay()).map(({ status }) => status)).not.toContain(503);
    expect(api.log()).not.toContain('A request failed');
  });
});

describe('while Postgres takes no writes', () => {
  it('they are told to come again, what is read is answered, and connections find the one that takes them', async () => {
    const turn = async (value: string) => {
      const client = new pg.Client({ connectionString: stack.environment.DATABASE_URL });
      await client.connect();
      try {
        await client.query('SET default_transaction_read_only = off');
        await client.query(`ALTER DATABASE return_receipt SET default_transaction_read_only = ${value}`);
      } finally {
        await client.end();
      }
    };
    const restart = async () => {
      await postgres.stop();
      await postgres.start();
    };
    await turn('on');
    await restart();
    await eventually(async () => (await timed(api, 'GET', '/v1/notifications')).status === 200, {
      because: 'a list',
    });
    expect(await readiness(api)).toMatchObject(unavailable);
    const write = () => timed(api, 'PUT', `/v1/tax-returns/${owner.taxReturnId}`, { language: 'en' });
    expect(await write()).toMatchObject(unavailable);
    // Only new connections are of a server that takes them.
    await turn('off');
    await eventually(async () => (await write()).status === 200, { because: 'a write', timeout: 60_000 });
  });
});

it('a call that takes long on a Postgres that answers is not cut off', async () => {
  const relay = await TcpRelay.to(postgres.port);
  const url = new URL(stack.environment.DATABASE_URL ?? '');
  url.port = String(relay.port);
  const slow = await stack.startApi({ DATABASE_URL: url.href, DATABASE_SILENT_FOR: '4s' }).ready();
  const holder = await stack.session();
  try {
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM tax_returns WHERE id = $1 FOR UPDATE', [owner.taxReturnId]);
    const waits = timed(slow, 'PUT', `/v1/tax-returns/${owner.taxReturnId}`, { language: 'es' });
    const questions = () => relay.beginnings.filter((bytes) => bytes.length === 8);
    await eventually(() => questions().length > 1, { because: 'two questions whether Postgres is there' });
    await holder.query('COMMIT');
    expect((await waits).status).toBe(200);
  } finally {
    holder.release();
    await slow.kill();
  }
});

const withRedis = process.env.TEST_REDIS_URL ? it : it.skip;

withRedis('while Redis is frozen probes are answered at once, and so is the check of the image', async () => {
  const redis = await ownRedis();
  const one = await stack.startApi({ REDIS_URL: redis.url }).ready();
  redis.freeze();
  try {
    const answer = await one.call('GET', '/health/ready');
    expect([answer.status, await answer.json()]).toMatchObject([
      200,
      { sendQueue: { urgent: 'down', bulk: 'down' } },
    ]);
    expect((await readiness(one)).status).toBe(200);
    const [, command = '[]'] =
      /^HEALTHCHECK .*\n\s*CMD (\[.*\])/m.exec(readFileSync('Dockerfile', 'utf8')) ?? [];
    const [program = '', ...words] = JSON.parse(command) as string[];
    const env = { ...process.env, PORT: new URL(one.url).port };
    expect(spawnSync(program, words, { env }).status).toBe(0);
    postgres.freeze();
    await eventually(() => spawnSync(program, words, { env }).status !== 0, {
      because: 'a check that fails',
    });
  } finally {
    postgres.thaw();
    redis.thaw();
    await one.kill();
  }
});

it('a connection without a request keeps no process from its end', async () => {
  const one = await stack.startApi().ready();
  await RawCall.open(one.url);
  const half = 'GET /health/live HTTP/1.1\r\nHost: ';
  (await RawCall.open(one.url)).send(half);
  const kept = await RawCall.begin(one.url, 'GET /health/live');
  await kept.answered(200);
  kept.send(half);
  // What came before it has been seen.
  await (await RawCall.begin(one.url, 'GET /health/live')).answered(200);
  expect(await one.terminate()).toEqual({ code: 0, signal: null });
});
