import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SendQueue } from '#libs/notifications/index.js';
import { eventually } from '../support/eventually.js';
import { ownDatabase } from '../support/own.database.js';
import { ownPostgres, ownRedis, queueBackends } from '../support/servers.js';
import { Stack } from '../support/stack.js';
import { Run } from './run.js';

describe.concurrent('a server restarts in the middle of many mails', () => {
  it.each(queueBackends())(
    'Postgres, stopped and then killed, with the send queue on $name: each mail once',
    async (backend) => {
      const postgres = await ownPostgres();
      const databaseUrl = await ownDatabase(postgres);
      const run = await Run.start(`restart-postgres-${backend.name}`, { backend, databaseUrl });
      await run.until(0.2);
      await postgres.stop();
      await postgres.start();
      await run.until(0.5);
      await postgres.kill();
      await postgres.start();
      await run.expectEachMailOnce();
    },
  );

  it('Postgres that goes on, but cuts every connection again and again: each mail once', async () => {
    const postgres = await ownPostgres();
    const run = await Run.start('restart-connections', { databaseUrl: await ownDatabase(postgres) });
    for (const share of [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]) {
      await run.until(share);
      await run.stack.sql(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      );
    }
    await run.expectEachMailOnce();
    expect(await run.stack.sql('SELECT count(*)::int AS count FROM quarantine')).toEqual([{ count: 0 }]);
  });

  const onRedis = process.env.TEST_REDIS_URL ? it : it.skip;
  onRedis('Redis that keeps its jobs: each mail once', async () => {
    const redis = await ownRedis({ appendOnly: true });
    const run = await Run.start('restart-redis', { redisUrl: redis.url });
    await run.until(0.2);
    await redis.kill();
    await redis.start();
    await run.expectEachMailOnce();
  });

  onRedis('Redis that stays away: jobs for it do not pile up in memory', async () => {
    const redis = await ownRedis();
    const stack = await Stack.start('redis-away', { redisUrl: redis.url, worker: false });
    const queue = stack.app.get(SendQueue);
    const jobs = Array.from({ length: 3 }, () => ({
      id: randomUUID(),
      template: 'accepted',
      state: 'queued',
      attempt: 0,
      inBatch: false,
      wait: 0,
    }));
    await redis.kill();
    for (const job of jobs) expect(await queue.enqueue([job])).toBe(false);
    await redis.start();
    await eventually(async () => (await queue.depth('urgent')).waiting === 1, { because: 'the first job' });
    expect(await queue.enqueue(jobs.slice(1))).toBe(true);
    expect(await queue.depth('urgent')).toMatchObject({ waiting: 3 });
    await stack.stop();
  });

  onRedis('Redis that forgets all its jobs: the sweep queues them again, each mail once', async () => {
    const redis = await ownRedis();
    const run = await Run.start('restart-redis-empty', { redisUrl: redis.url });
    await eventually(async () => (await run.stack.unread('confirmation')) === 0, {
      because: 'nothing unread',
    });
    await redis.kill();
    await redis.start();
    await run.expectEachMailOnce();
    expect(run.worker.log()).toContain('The sweep queued what had waited without a job');
  });
});
