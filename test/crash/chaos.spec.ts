import { describe, expect, it } from 'vitest';
import { manyReturns } from '../support/make.many.js';
import { ownDatabase } from '../support/own.database.js';
import { proved } from '../support/proved.js';
import { ownPostgres, ownRedis, queueBackends } from '../support/servers.js';
import { chaos } from '../support/sizes.js';
import { Stack } from '../support/stack.js';
import { Chaos, reportAll } from './chaos.js';
import { countByState } from './found.js';

/** Each event makes one mail due. */
const { events, killAt, underWay } = chaos;

const PLAN = {
  apis: 2,
  workers: 3,
  killAt,
  // What a dead worker held is to be found soon.
  settings: { SMTP_TIMEOUT: '3s', SEND_LEASE: '10s', SWEEP_EVERY: '2s', SWEEP_GRACE: '5s' },
};

interface Page {
  items: { id: string }[];
  next: string | null;
}

interface Row {
  id: string;
  taxReturnId: string;
  state: string;
}

describe.concurrent(
  'two APIs and three workers, of which one of each is killed again and again under load',
  () => {
    it.each(queueBackends())(
      'send queue on $name: nothing is lost, and nothing is doubled',
      async ({ name }) => {
        // Real servers that keep what they were told, as in production.
        const postgres = await ownPostgres();
        const redis = name === 'redis' ? await ownRedis({ appendOnly: true }) : undefined;
        const stack = await Stack.start(`chaos-${name}`, {
          databaseUrl: await ownDatabase(postgres),
          redisUrl: redis?.url,
          worker: false,
        });
        const owners = await manyReturns(stack, events);
        const since = Date.now();
        const running = await Chaos.start(stack, PLAN);
        await reportAll(stack, running, owners, underWay);
        await running.over();
        await stack.idle();

        const { mails } = stack.mailbox;
        const rows = await stack.sql<Row>(
          'SELECT id, tax_return_id AS "taxReturnId", state FROM notifications',
        );
        const states = await countByState(stack);
        // Nothing lost: each event made one notification, and each of those was told or says that nobody knows.
        expect(rows.map((row) => row.taxReturnId).sort()).toEqual(
          owners.map((owner) => owner.taxReturnId).sort(),
        );
        expect(Object.keys(states).filter((state) => !['handed_over', 'unknown'].includes(state))).toEqual(
          [],
        );
        // Nothing doubled, and whoever counts as told has a mail.
        const arrived = mails.map(({ messageId }) => messageId.replace(/^<|@.*$/g, ''));
        expect(new Set(arrived).size).toBe(arrived.length);
        const told = rows.filter((row) => row.state === 'handed_over').map(({ id }) => id);
        expect(told.filter((id) => !arrived.includes(id))).toEqual([]);
        // What nobody knows is on the list of those who were not told.
        expect((await untold(stack)).sort()).toEqual(
          rows
            .filter(({ state }) => state === 'unknown')
            .map(({ id }) => id)
            .sort(),
        );
        proved(
          `Chaos, send queue on ${name}: ${events} events while ${running.kills} processes were killed, in ` +
            `${seconds(since)} s: handed over ${states.handed_over ?? 0}, unknown ${states.unknown ?? 0}, lost 0, doubled 0.`,
        );
      },
    );
  },
);

/** Ids on the list of those who were not told, page by page. */
async function untold(stack: Stack): Promise<string[]> {
  const ids: string[] = [];
  let path: string | null = '/v1/notifications?standing=failure';
  while (path) {
    const { body }: { body: Page } = await stack.api<Page>('GET', path);
    ids.push(...body.items.map(({ id }) => id));
    path = body.next;
  }
  return ids;
}

function seconds(since: number): string {
  return ((Date.now() - since) / 1000).toFixed(0);
}
