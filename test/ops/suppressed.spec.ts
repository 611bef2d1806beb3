import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Stack } from '../support/stack.js';
import { Visitor } from '../support/visitor.js';

let stack: Stack;
let visitor: Visitor;
beforeAll(async () => {
  stack = await Stack.start('suppressed-page', { worker: false });
  visitor = new Visitor(stack);
  await visitor.signIn(stack.environment.API_KEY ?? '');
});
afterAll(() => stack.stop());

it('a suppression is shown without its address, and lifted with a reason that stays', async () => {
  const [id, notificationId, taxReturnId] = [randomUUID(), randomUUID(), randomUUID()];
  await stack.sql(
    `INSERT INTO suppressions (id, address_hash, reason, notification_id, tax_return_id, created_at, expires_at)
     VALUES ($1, 'test.hash', 'hard-bounce', $2, $3, now(), now() + interval '1 day')`,
    [id, notificationId, taxReturnId],
  );
  const { body } = await visitor.look('/ops/suppressions');
  expect(body).toContain('A mail came back for good.');
  expect(body).toContain(notificationId);
  expect(body).not.toContain('test.hash');
  const form = await visitor.token('/ops/suppressions');
  const lift = (reason: string) => visitor.send(`/ops/suppressions/${id}/lift`, { form, reason });
  expect((await lift(' ')).status).toBe(422);
  expect((await lift('the mailbox was full, and is not')).status).toBe(303);
  expect((await visitor.look('/ops/suppressions')).body).not.toContain(notificationId);
  expect((await visitor.look('/ops/audit')).body).toMatch(/lift-suppression[^]*the mailbox was full/);
});
