import { beforeAll, describe, expect, it } from 'vitest';
import { randomUUID } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import { confirmationV2, failed } from '#apps/local/src/direct-file.messages.js';
import { Doors, SendQueue, SendService } from '#libs/notifications/index.js';
import { NotificationWrites } from '../../libs/notifications/src/send/notification.writes.js';
import { eventually } from '../support/eventually.js';
import { aReturn, submitted, type MadeReturn } from '../support/make.js';
import { queueBackends } from '../support/servers.js';
import { Stack } from '../support/stack.js';
import { eventsOf, found, held } from './found.js';

/** Enough that some of them meet. */
const MANY = 20;

describe.each(queueBackends())('the same thing twice, with the send queue on $name', (backend) => {
  let stack: Stack;
  let workers: INestApplicationContext[];

  beforeAll(async () => {
    stack = await Stack.start(`twice-${backend.name}`, { backend, worker: false, visibilityTimeout: 1 });
    workers = await Promise.all([stack.startWorkerHere(), stack.startWorkerHere()]);
    return () => stack.stop();
  });

  const manyReturns = () => Promise.all(Array.from({ length: MANY }, () => aReturn(stack)));
  /** Each worker receives it, at the same moment. */
  const receivedByAll = (body: string, messageId?: string, by = workers) =>
    Promise.all(
      by.map((worker) =>
        worker
          .get(Doors)
          .at('CONFIRMATION_QUEUE')
          .receive([{ queue: 'confirmation', messageId: messageId ?? randomUUID(), body }]),
      ),
    );
  const mailsOf = ({ email }: MadeReturn) => stack.mailbox.mails.filter(({ to }) => to.includes(email));
  const expectOneMailEach = async (owners: MadeReturn[]) => {
    await stack.idle();
    expect(owners.map((owner) => mailsOf(owner).length)).toEqual(owners.map(() => 1));
  };

  it('one message in the hands of two workers at once is one event and one mail', async () => {
    const owners = await manyReturns();
    const outcomes = await Promise.all(
      owners.map(async (owner) => (await receivedByAll(submitted(owner), randomUUID())).flat()),
    );
    for (const both of outcomes)
      expect(both.map(({ outcome }) => outcome).sort()).toEqual(['applied', 'duplicate']);
    await expectOneMailEach(owners);
  });

  it('two messages that say the same, each to a worker at once, are one event and one mail', async () => {
    const owners = await manyReturns();
    await Promise.all(owners.map((owner) => receivedByAll(submitted(owner))));
    await expectOneMailEach(owners);
    for (const owner of owners) expect(await eventsOf(stack, owner)).toEqual(['processing', 'submitted']);
  });

  it('a message that comes again while a slow worker still has it is one event and one mail', async () => {
    const owner = await aReturn(stack);
    const itsReturn = 'SELECT 1 FROM tax_returns WHERE id = $1 FOR UPDATE';
    await held(stack, itsReturn, owner.taxReturnId, async (workers) => {
      await stack.put('confirmation', submitted(owner));
      await eventually(async () => (await workers.waiting()) >= 2, {
        because: 'the message in two pairs of hands',
      });
    });
    await expectOneMailEach([owner]);
    expect(await eventsOf(stack, owner)).toEqual(['processing', 'submitted']);
  });

  it('two failures of a submission on two workers at once are two events and one mail', async () => {
    const owners = await manyReturns();
    await Promise.all(owners.map((owner) => receivedByAll(confirmationV2([failed(owner)]))));
    await expectOneMailEach(owners);
    for (const owner of owners)
      expect(await eventsOf(stack, owner)).toEqual(['processing', 'error_mef', 'error_mef']);
  });

  it('where the second failure is the one that is told, two at once are one mail too', async () => {
    const patient = { SUBMISSION_ERROR_AFTER: '2' };
    const two = await Promise.all([stack.startWorkerHere(patient), stack.startWorkerHere(patient)]);
    const owners = await manyReturns();
    await Promise.all(owners.map((owner) => receivedByAll(confirmationV2([failed(owner)]), undefined, two)));
    await expectOneMailEach(owners);
  });

  it('a notification that many senders take up at once is sent by one of them', async () => {
    const owners = await manyReturns();
    stack.mailbox.hold();
    await Promise.all(owners.map((owner) => receivedByAll(submitted(owner))));
    const rows = await stack.sql<{ id: string }>(
      'SELECT id FROM notifications WHERE tax_return_id = ANY($1::uuid[])',
      [owners.map(({ taxReturnId }) => taxReturnId)],
    );
    // Each of them twice: claims of one moment are one statement.
    const sends = rows.flatMap(({ id }) =>
      [...workers, ...workers].map((worker) => worker.get(SendService).send(id)),
    );
    await eventually(() => stack.mailbox.heldCount > 0, { because: 'a conversation' });
    stack.mailbox.release();
    await Promise.all(sends);
    await expectOneMailEach(owners);
  });

  it('a conversation that is opened twice under one claim is one; under an older claim it is not opened', async () => {
    const { taxReturnId } = await aReturn(stack);
    const [row] = await stack.sql<{ id: string }>(
      `INSERT INTO notifications (id, tax_return_id, template, occurrence, source, state, due_at, attempt, lease_until)
       VALUES (gen_random_uuid(), $1, 'accepted', 'o', 's', 'sending', now(), 2, now() + interval '1 hour') RETURNING id`,
      [taxReturnId],
    );
    const id = row?.id ?? '';
    const open = (attempt: number) =>
      stack.app
        .get(NotificationWrites)
        .open(
          { id, attempt },
          { relay: 'relay', language: 'en', templateVersion: 'v', values: '', addressHashes: [] },
        );
    expect([await open(2), await open(2), await open(1)]).toEqual(['opened', 'opened', 'lost']);
    expect((await found(stack, { taxReturnId })).deliveries).toEqual([null]);
    await stack.sql('DELETE FROM notifications WHERE id = $1', [id]);
  });

  it('a job that comes late, for a mail that was sent, does nothing', async () => {
    const owner = await aReturn(stack);
    await receivedByAll(submitted(owner));
    await expectOneMailEach([owner]);
    const before = await found(stack, owner);
    const [row] = await stack.sql<{ id: string }>('SELECT id FROM notifications WHERE tax_return_id = $1', [
      owner.taxReturnId,
    ]);
    const queue = stack.app.get(SendQueue);
    await queue.enqueue([
      { id: row?.id ?? '', template: 'submitted', state: 'queued', attempt: 0, inBatch: false, wait: 0 },
    ]);
    await eventually(async () => Object.values(await queue.depth('urgent')).every((count) => count === 0), {
      because: 'a queue that is worked off',
    });
    expect(await found(stack, owner)).toEqual(before);
    await expectOneMailEach([owner]);
  });
});
