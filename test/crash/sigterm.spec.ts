import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { aReturn, submitted } from '../support/make.js';
import { ownDatabase } from '../support/own.database.js';
import { ownPostgres, ownRedis, queueBackends, type OwnServer } from '../support/servers.js';
import { Stack, type StackOptions } from '../support/stack.js';
import { countByState } from './found.js';

/** Mails that the worker sends at once. */
const AT_ONCE = 4;
const onRedis = process.env.TEST_REDIS_URL ? it : it.skip;

describe.each(queueBackends())('SIGTERM, with the send queue on $name', (backend) => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start(`sigterm-${backend.name}`, { backend, worker: false });
    return () => stack.stop();
  });

  it('ends the intake, lets running sends finish and exits 0; the next worker sends the rest', async () => {
    const owners = await Promise.all(Array.from({ length: 12 }, () => aReturn(stack)));
    const late = await aReturn(stack);
    stack.mailbox.hold();
    await stack.putAll('confirmation', owners.map(submitted));
    // Here a backlog is no sign of anything lost.
    const worker = stack.startWorker({
      settings: { SWEEP_GRACE: '60s', SEND_CONCURRENCY_URGENT: String(AT_ONCE) },
    });
    await eventually(
      async () => stack.mailbox.heldCount === AT_ONCE && (await stack.unread('confirmation')) === 0,
      { because: 'sends in mid-conversation and nothing unread' },
    );

    const ended = worker.terminate();
    await eventually(() => worker.log().match(/Taking no more (messages|jobs)/g)?.length === 3, {
      because: 'a worker that takes no more from its queues and lanes',
    });
    await stack.put('confirmation', submitted(late));
    stack.mailbox.release();

    expect(await ended).toEqual({ code: 0, signal: null });
    expect(worker.complaints()).toEqual([]);
    expect(await countByState(stack)).toEqual({ handed_over: AT_ONCE, queued: 12 - AT_ONCE });
    expect(await stack.unread('confirmation')).toBe(1);

    await stack.startWorkerHere();
    await stack.idle();
    expect(stack.mailbox.mails.map(({ to }) => to[0]).sort()).toEqual(
      [...owners, late].map(({ email }) => email).sort(),
    );
  });
});

it('SIGTERM while an API answers: it ends with the answer, however long its caller keeps the connection', async () => {
  const stack = await Stack.start('sigterm-api', { worker: false });
  // Shorter than the time for which a connection may idle.
  const api = await stack.startApi({ SHUTDOWN_WITHIN: '60s', SMTP_TIMEOUT: '20s' }).ready();
  const agent = new Agent({ keepAlive: true });
  const headers = { ...api.authorization(), 'content-type': 'application/x-ndjson' };
  const call = request(`${api.url}/v1/notifications`, { method: 'POST', agent, headers });
  const answered = new Promise<string>((resolve, reject) => {
    call.once('error', reject);
    call.once('response', (response) => void text(response).then(resolve, reject));
  });
  call.write('{}\n');
  await eventually(() => call.socket?.bytesRead, { because: 'an answer that has begun' });
  const ended = api.terminate();
  await eventually(
    () =>
      fetch(api.url).then(
        () => false,
        () => true,
      ),
    { because: 'a closed door' },
  );
  call.end('{}\n');
  expect((await answered).trim().split('\n')).toHaveLength(3);
  expect(await ended).toEqual({ code: 0, signal: null });
  agent.destroy();
});

describe('SIGTERM in mid-send, with a server gone', () => {
  /** The relay has the mail, the server goes, the worker is told to end, the relay says yes. */
  async function endWithout(
    server: OwnServer,
    where: StackOptions,
    then: (stack: Stack) => Promise<void>,
  ): Promise<void> {
    const stack = await Stack.start('sigterm-without-server', { ...where, worker: false });
    stack.mailbox.hold();
    await stack.put('confirmation', submitted(await aReturn(stack)));
    const worker = stack.startWorker({ settings: { SHUTDOWN_WITHIN: '20s', SMTP_TIMEOUT: '9s' } });
    await eventually(() => stack.mailbox.heldCount === 1, {
      because: 'a send in mid-conversation',
    });
    await server.kill();
    const since = Date.now();
    const ended = worker.terminate();
    await eventually(() => worker.log().includes('"message":"Stopping"'), { because: 'a worker that stops' });
    stack.mailbox.release();
    // Its own end, by the deadline it has: nobody killed it.
    expect((await ended).signal).toBeNull();
    // Its deadline is 20 s; the rest is for a slow machine.
    expect(Date.now() - since).toBeLessThan(120_000);
    await server.start();
    await then(stack);
    await stack.stop();
    await server.stop();
  }

  onRedis('ends within SHUTDOWN_WITHIN although Redis is down, and records what it sent', async () => {
    const redis = await ownRedis();
    await endWithout(redis, { redisUrl: redis.url }, async (stack) => {
      expect(await countByState(stack)).toEqual({ handed_over: 1 });
    });
  });

  it('ends within SHUTDOWN_WITHIN although Postgres is down; the next worker finds the mail unknown', async () => {
    const postgres = await ownPostgres();
    await endWithout(postgres, { databaseUrl: await ownDatabase(postgres) }, async (stack) => {
      await stack.sql(
        `UPDATE notifications SET lease_until = now() - interval '1 second' WHERE state = 'sending'`,
      );
      await stack.startWorkerHere();
      await stack.idle();
      expect(await countByState(stack)).toEqual({ unknown: 1 });
      expect(stack.mailbox.mails).toHaveLength(1);
    });
  });
});
