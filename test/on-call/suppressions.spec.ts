import { randomUUID } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import { aSuppression } from '../support/make.js';
import { Stack } from '../support/stack.js';
import { Visitor } from '../support/visitor.js';

let stack: Stack;
let visitor: Visitor;
beforeAll(async () => {
  stack = await Stack.start('suppressed-page', { worker: false });
  visitor = new Visitor(stack);
  await visitor.signIn(stack.environment.API_KEY ?? '');
});

it('a suppression is shown without its address, and lifted with a reason that stays', async () => {
  const { id, notificationId } = await aSuppression(stack);
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

it('a note on a suppression is seen in the list and among what people did with it, lifted or not', async () => {
  const { id } = await aSuppression(stack);
  const page = `/ops/suppressions/${id}`;
  const noted = await visitor.submit(page, '/ops/notes', { text: 'the provider looks for ana@example.com' });
  expect(noted).toMatchObject({ status: 303, location: page });
  expect(await visitor.read('/ops/suppressions')).toContain('the provider looks for [address]');
  await visitor.submit('/ops/suppressions', `${page}/lift`, { reason: 'mended' });
  const text = await visitor.read(page);
  expect(text).toMatch(
    /for good\. lifted .*lift-suppression suppression .*mended .*note suppression .*\[address\]/,
  );
  expect((await visitor.look(page)).body).not.toContain('test.hash');
  expect((await visitor.look(`/ops/suppressions/${randomUUID()}`)).status).toBe(404);
});

it('more than a page shows are seen page by page, and all of them are a CSV without a hash', async () => {
  const { id: oldest } = await aSuppression(stack);
  await stack.sql(`UPDATE suppressions SET created_at = now() - interval '1 hour' WHERE id = $1`, [oldest]);
  // All of one instant: only their ids tell where a page ends.
  await stack.sql(
    `INSERT INTO suppressions (id, address_hash, reason, notification_id, tax_return_id, created_at, expires_at)
     SELECT gen_random_uuid(), 'test.hash', 'complaint', gen_random_uuid(), gen_random_uuid(), now(), now() + interval '1 day'
     FROM generate_series(1, 1203)`,
  );
  const shown: string[] = [];
  let page: string | undefined = '/ops/suppressions';
  while (page !== undefined) {
    const { body } = await visitor.look(page);
    shown.push(...[...body.matchAll(/suppressions\/([\w-]+)\/lift/g)].map(([, id = '']) => id));
    page = /rel="next" href="([^"]+)"/.exec(body)?.[1];
  }
  expect([shown.length, new Set(shown).size, shown.at(-1)]).toEqual([1204, 1204, oldest]);
  const { status, body } = await visitor.look('/v1/suppressions.csv');
  const [titles, ...lines] = body.trim().split('\r\n');
  expect([status, titles]).toEqual([
    200,
    'id,reason,notificationId,taxReturnId,createdAt,expiresAt,liftedAt',
  ]);
  const ids = lines.map((line) => line.split(',')[0]);
  expect(ids).toEqual(expect.arrayContaining(shown));
  // And the two that were lifted above.
  expect(new Set(ids).size).toBe(1206);
  expect(body).not.toContain('test.hash');
});

it('a cursor that is none of ours is refused', async () => {
  expect((await visitor.look('/ops/suppressions?cursor=x')).status).toBe(422);
});
