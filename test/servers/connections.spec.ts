import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ApiProcess } from '../support/api.process.js';
import { eventually } from '../support/eventually.js';
import { submitted, type MadeReturn } from '../support/make.js';
import { manyReturns } from '../support/make.many.js';
import { proved } from '../support/proved.js';
import { queueBackends } from '../support/servers.js';
import { connections } from '../support/sizes.js';
import { Stack } from '../support/stack.js';

/** As docs/running.md promises: connections to Postgres of one process, by where the send queue lives. */
const PROMISED = { redis: { worker: 4, api: 4 }, postgres: { worker: 8, api: 8 } };

const { events } = connections;

describe.each(queueBackends())('connections to Postgres, with the send queue on $name', (backend) => {
  let stack: Stack;

  it('of a worker and an API under load are no more than docs/running.md says', async () => {
    stack = await Stack.start(`connections-${backend.name}`, { backend, worker: false });
    const owners = await manyReturns(stack, events);
    const worker = await stack.startWorker({ settings: named('counted-worker') }).ready();
    const api = await stack.startApi(named('counted-api')).ready();
    let over = false;
    const most = peak(() => over);
    await load(api, owners).finally(() => (over = true));
    const counted = await most;
    expect(counted.worker).toBeGreaterThan(1);
    expect(counted.worker).toBeLessThanOrEqual(PROMISED[backend.name].worker);
    expect(counted.api).toBeLessThanOrEqual(PROMISED[backend.name].api);
    expect(worker.log()).not.toContain('could not');
    proved(
      `Connections to Postgres, send queue on ${backend.name}: at ${events} events at once a worker had ` +
        `${counted.worker} at most, an API ${counted.api}.`,
    );
  });

  /** Half of the events by each way in, all at once, until their mails have arrived. */
  async function load(api: ApiProcess, owners: MadeReturn[]): Promise<void> {
    await Promise.all([
      stack.putAll('confirmation', owners.slice(0, events / 2).map(submitted)),
      ...owners.slice(events / 2).map(({ taxReturnId, submissionId }) =>
        fetch(`${api.url}/v1/submission-status`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${stack.environment.API_KEY}`,
            'content-type': 'application/json',
          },
          body: JSON.stringify({ taxReturnId, submissionId, status: 'submitted' }),
        }).then(({ status }) => expect(status).toBe(202)),
      ),
    ]);
    await eventually(() => stack.mailbox.mails.length === events, { because: 'all mails' });
  }

  /** The URL's word on the name of a connection is the last, but BullMQ calls its LISTEN after the queue. */
  const named = (name: string) => ({
    DATABASE_URL: `${stack.environment.DATABASE_URL}?application_name=${name}`,
  });

  /** The most connections that were seen at one moment. */
  async function peak(isOver: () => boolean): Promise<{ worker: number; api: number }> {
    const most = { worker: 0, api: 0 };
    for (; !isOver(); await sleep(5)) {
      const [row] = await stack.sql<{ worker: number; api: number }>(
        `SELECT count(*) FILTER (WHERE application_name IN ('counted-worker', 'send-urgent', 'send-bulk'))::int AS worker,
                count(*) FILTER (WHERE application_name = 'counted-api')::int AS api
         FROM pg_stat_activity WHERE datname = current_database()`,
      );
      most.worker = Math.max(most.worker, row?.worker ?? 0);
      most.api = Math.max(most.api, row?.api ?? 0);
    }
    return most;
  }
});
