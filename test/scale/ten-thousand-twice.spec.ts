import { beforeAll, describe, expect, it } from 'vitest';
import { SendQueue } from '#libs/notifications/index.js';
import { eventually } from '../support/eventually.js';
import { submitted } from '../support/make.js';
import { manyReturns } from '../support/make.many.js';
import { Mailbox } from '../support/mailbox.js';
import { proved } from '../support/proved.js';
import { queueBackends } from '../support/servers.js';
import { twice } from '../support/sizes.js';
import { Stack } from '../support/stack.js';

describe.each(queueBackends())('with the send queue on $name', (backend) => {
  const mails = twice[backend.name];
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start(`scale-${backend.name}`, {
      backend,
      worker: false,
      mailbox: await Mailbox.start({ keepBodies: false }),
      visibilityTimeout: 30,
      settings: {
        SQS_POLLERS: '2',
        SEND_CONCURRENCY_URGENT: '10',
        SMTP_CONNECTIONS: '10',
        // Here a backlog is no sign of anything lost.
        SWEEP_GRACE: '10m',
        SWEEP_EVERY: '1s',
      },
    });
    return () => stack.stop();
  });

  it(
    `${mails} messages, each delivered twice, through two workers are ${mails} mails`,
    async () => {
      const owners = await manyReturns(stack, mails);
      const bodies = owners.map(submitted);
      const workers = await Promise.all([stack.startWorker().ready(), stack.startWorker().ready()]);

      const since = Date.now();
      await Promise.all([
        stack.putAll('confirmation', bodies),
        stack.putAll('confirmation', bodies.toReversed()),
      ]);
      await eventually(() => stack.mailbox.mails.length >= mails, {
        because: `${mails} mails`,
        timeout: 30 * 60_000,
        every: 100,
      });
      await stack.idle();
      const seconds = (Date.now() - since) / 1000;

      const arrived = stack.mailbox.mails;
      expect(arrived).toHaveLength(mails);
      expect(new Set(arrived.map(({ messageId }) => messageId)).size).toBe(mails);
      expect(new Set(arrived.flatMap(({ to }) => to))).toEqual(new Set(owners.map(({ email }) => email)));
      expect(
        await stack.sql(
          'SELECT state, attempt, count(*)::int AS count FROM notifications GROUP BY state, attempt',
        ),
      ).toEqual([{ state: 'handed_over', attempt: 1, count: mails }]);
      expect(
        await stack.sql('SELECT outcome, count(*)::int AS count FROM deliveries GROUP BY outcome'),
      ).toEqual([{ outcome: 'accepted', count: mails }]);
      expect(await stack.sql('SELECT count(*)::int AS count FROM quarantine')).toEqual([{ count: 0 }]);
      expect(Object.values(await stack.app.get(SendQueue).depth('urgent'))).toEqual([0, 0, 0, 0]);
      expect(workers.flatMap((worker) => worker.complaints())).toEqual([]);
      proved(
        `Twice, send queue on ${backend.name}: ${mails} messages, each delivered twice, through two workers are ` +
          `${mails} mails in ${seconds.toFixed(0)} s (${Math.round(mails / seconds)} a second): lost 0, doubled 0.`,
      );
    },
    60 * 60_000,
  );
});
