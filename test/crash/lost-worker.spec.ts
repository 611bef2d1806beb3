import { beforeAll, describe, expect, it } from 'vitest';
import { SweepService } from '#libs/notifications/index.js';
import { NotificationWrites } from '../../libs/notifications/src/send/notification.writes.js';
import { eventually } from '../support/eventually.js';
import { aReturn, submitted } from '../support/make.js';
import { manyReturns } from '../support/make.many.js';
import { Stack } from '../support/stack.js';
import { countByState, found } from './found.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('lost-worker', { worker: false });
});

describe('a worker that is killed with more mails in its hands than it has connections', () => {
  const MAILS = 12;
  const CONNECTIONS = 3;

  it('leaves unknown only what its connections had begun to send; the rest goes out, and nothing twice', async () => {
    const owners = await manyReturns(stack, MAILS);
    stack.mailbox.hold();
    await stack.putAll('confirmation', owners.map(submitted));
    const worker = stack.startWorker({
      settings: { SEND_CONCURRENCY_URGENT: String(MAILS), SMTP_CONNECTIONS: String(CONNECTIONS) },
    });
    await eventually(async () => stack.mailbox.heldCount === CONNECTIONS && (await opened()) === MAILS, {
      because: 'busy connections, and all mails open',
    });
    await worker.kill();
    stack.mailbox.release();

    await stack.sql(
      `UPDATE notifications SET lease_until = now() - interval '1 second' WHERE state = 'sending'`,
    );
    await stack.startWorkerHere();
    await stack.idle();
    await stack.stopWorkersHere();
    expect(await countByState(stack)).toEqual({ unknown: CONNECTIONS, handed_over: MAILS - CONNECTIONS });
    expect(stack.mailbox.mails.map(({ to }) => to[0]).sort()).toEqual(
      owners.map(({ email }) => email).sort(),
    );
  });
});

describe('a worker that only slept through its lease', () => {
  it.each([
    ['before the body went out finds its conversation over', false, ['queued', ['deferred']]],
    ['after the body began to go out has left it unknown', true, ['unknown', ['unknown']]],
  ] as const)('%s', async (_, hasBegun, left) => {
    const owner = await aReturn(stack);
    const claim = await openedFor(owner.taxReturnId);
    const writes = stack.app.get(NotificationWrites);
    if (hasBegun) expect(await writes.begin(claim)).toBe(true);
    await stack.sql(`UPDATE notifications SET lease_until = now() - interval '1 second' WHERE id = $1`, [
      claim.id,
    ]);

    await stack.app.get(SweepService).sweep();

    const { state, deliveries } = await found(stack, owner);
    expect([state, deliveries]).toEqual(left);
    expect(await writes.begin(claim)).toBe(false);
    await stack.sql('DELETE FROM notifications WHERE id = $1', [claim.id]);
  });
});

/** Conversations on record. */
async function opened(): Promise<number> {
  return (await stack.sql('SELECT 1 FROM deliveries')).length;
}

/** A mail in the hands of a worker, with an open conversation. */
async function openedFor(taxReturnId: string): Promise<{ id: string; attempt: number }> {
  const [row] = await stack.sql<{ id: string }>(
    `INSERT INTO notifications (id, tax_return_id, template, occurrence, source, state, due_at, attempt, lease_until)
     VALUES (gen_random_uuid(), $1, 'accepted', 'o', 's', 'sending', now(), 1, now() + interval '1 hour') RETURNING id`,
    [taxReturnId],
  );
  const claim = { id: row?.id ?? '', attempt: 1 };
  const delivery = { relay: 'relay', language: 'en', templateVersion: 'v', values: '', addressHashes: [] };
  expect(await stack.app.get(NotificationWrites).open(claim, delivery)).toBe('opened');
  return claim;
}
