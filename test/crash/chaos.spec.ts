import { afterAll, describe, expect, it, vi } from 'vitest';
import { manyReturns } from '../support/make.many.js';
import { ownDatabase } from '../support/own.database.js';
import { ownPostgres, ownRedis, queueBackends, type OwnServer } from '../support/servers.js';
import { Stack } from '../support/stack.js';
import { Chaos, reportAll } from './chaos.js';
import { countByState } from './found.js';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

/** Events; each makes one mail due. */
const EVENTS = 160;

const PLAN = {
  apis: 2,
  workers: 3,
  killAt: [30, 60, 90],
  // What a dead worker held is to be found soon.
  settings: { SMTP_TIMEOUT: '3s', SEND_LEASE: '10s', SWEEP_EVERY: '500ms', SWEEP_GRACE: '5s' },
};

interface Row {
  id: string;
  taxReturnId: string;
  state: string;
}

describe('two APIs and three workers, of which one of each is killed again and again under load', () => {
  const stops: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  /** Real servers that keep what they were told, as in production. */
  async function started<S extends OwnServer>(server: Promise<S>): Promise<S> {
    const ready = await server;
    stops.push(() => ready.stop());
    return ready;
  }

  it.each(queueBackends())(
    'send queue on $name: nothing is lost, and nothing is doubled',
    async ({ name }) => {
      const postgres = await started(ownPostgres());
      const redis = name === 'redis' ? await started(ownRedis({ appendOnly: true })) : undefined;
      const stack = await Stack.start(`chaos-${name}`, {
        databaseUrl: await ownDatabase(postgres),
        redisUrl: redis?.url,
        worker: false,
      });
      stops.push(() => stack.stop());
      const owners = await manyReturns(stack, EVENTS);
      const since = Date.now();
      const chaos = await Chaos.start(stack, PLAN);
      await reportAll(stack, chaos, owners);
      await chaos.over();
      await stack.idle(60_000);

      const { mails } = stack.mailbox;
      const rows = await stack.sql<Row>(
        'SELECT id, tax_return_id AS "taxReturnId", state FROM notifications',
      );
      const states = await countByState(stack);
      process.stdout.write(
        `chaos on ${name}: ${EVENTS} events, ${chaos.kills} processes killed, ${mails.length} mails, ` +
          `${JSON.stringify(states)}, ${((Date.now() - since) / 1000).toFixed(1)} s\n`,
      );

      // Nothing lost: each event made one notification, and each of those was told or says that nobody knows.
      expect(rows.map((row) => row.taxReturnId).sort()).toEqual(
        owners.map((owner) => owner.taxReturnId).sort(),
      );
      expect(Object.keys(states).filter((state) => !['handed_over', 'unknown'].includes(state))).toEqual([]);
      // Nothing doubled, and whoever counts as told has a mail.
      const arrived = mails.map(({ messageId }) => messageId.replace(/^<|@.*$/g, ''));
      expect(new Set(arrived).size).toBe(arrived.length);
      const told = rows.filter((row) => row.state === 'handed_over').map(({ id }) => id);
      expect(told.filter((id) => !arrived.includes(id))).toEqual([]);
      // What nobody knows is on the list of those who were not told.
      const { body } = await stack.api<{ items: { id: string }[] }>(
        'GET',
        `/v1/notifications?standing=failure&limit=${EVENTS + 1}`,
      );
      expect(body.items.map(({ id }) => id).sort()).toEqual(
        rows
          .filter(({ state }) => state === 'unknown')
          .map(({ id }) => id)
          .sort(),
      );
    },
  );
});
