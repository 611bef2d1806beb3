import { randomUUID } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import { AlarmService } from '#libs/notifications/index.js';
import { eventually } from '../support/eventually.js';
import { aLostReturn, aReturn, submitted } from '../support/make.js';
import { Stack } from '../support/stack.js';
import { trailOf } from '../operate/mails.js';
import { aNight } from './night.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('alarm', { settings: { ALARM_EVERY: '50ms' } });
});

it('nobody is called while everybody is told or on their way', async () => {
  await stack.put('confirmation', submitted(await aReturn(stack)));
  await stack.idle();
  expect(await stack.app.get(AlarmService).look()).toBeUndefined();
  expect(stack.log()).not.toContain('Somebody is needed');
});

it('a line says how many need somebody, for how long, and where to look, and names nobody', async () => {
  await aNight(stack);
  await aLostReturn(stack);
  const line = await eventually(() => lineWith('"submissions":1'), { because: 'an alarm of all kinds' });
  expect(line).toMatchObject({
    level: 50,
    message: 'Somebody is needed: see /ops or `receipt status`',
    mails: 4,
    submissions: 1,
    // The one that is only early waits for its registration by itself.
    messages: 1,
    oldestUntoldSeconds: expect.any(Number),
  });
  expect(JSON.stringify(line)).not.toContain('@');
});

it('a message that waits for its return longer than telling may take calls somebody too', async () => {
  const before = (await stack.app.get(AlarmService).look())?.messages ?? 0;
  await stack.sql(`UPDATE quarantine SET received_at = now() - interval '73 hours' WHERE kind = 'unmatched'`);
  expect(await stack.app.get(AlarmService).look()).toMatchObject({ messages: before + 1 });
});

it('nobody is called any more for what a person dismissed, with the reason in the trail', async () => {
  const rows = await stack.sql<{ id: string }>('SELECT id FROM quarantine WHERE resolved_at IS NULL');
  for (const { id } of rows) {
    const dismiss = () =>
      stack.api('POST', `/v1/quarantine/${id}/dismiss`, { reason: 'a message of somebody else' });
    expect((await dismiss()).body).toMatchObject({ resolution: 'dismissed' });
    expect((await dismiss()).status).toBe(404);
    expect(await trailOf(stack, id)).toMatchObject([
      { action: 'dismiss', reason: 'a message of somebody else', after: { resolution: 'dismissed' } },
    ]);
  }
  expect(await stack.app.get(AlarmService).look()).toMatchObject({ messages: 0 });
});

it('a relay that takes nothing calls somebody by itself, and so does a late mail, before any time box ends', async () => {
  const still = await Stack.start('alarm-outgoing', { worker: false });
  const look = () => still.app.get(AlarmService).look();
  const none = { mails: 0, submissions: 0, messages: 0 };
  const id = randomUUID();
  await still.sql(
    `INSERT INTO notifications (id, tax_return_id, template, occurrence, source, due_at, opened_at, attempt, reason)
     VALUES ($1, $1, 'accepted', 'o', 's', now() + interval '30 minutes', now() - interval '6 minutes', 1, 'relay-unreachable')`,
    [id],
  );
  await still.sql(
    `INSERT INTO deliveries (notification_id, attempt, outcome, reason, relay, language, template_version, opened_at, settled_at)
     VALUES ($1, 1, 'deferred', 'relay-unreachable', 'relay', 'en', 'v', now() - interval '6 minutes', now() - interval '6 minutes')`,
    [id],
  );
  expect(await look()).toMatchObject({ ...none, relay: { reason: 'relay-unreachable' }, late: null });
  // About this one mail, and not about the relay.
  await still.sql(`UPDATE deliveries SET reason = 'relay-busy', opened_at = now() - interval '11 minutes'`);
  expect(await look()).toMatchObject({ ...none, relay: null, late: { mails: 1 } });
  await still.sql('UPDATE deliveries SET opened_at = now()');
  expect(await look()).toBeUndefined();
});

function lineWith(text: string): unknown {
  const line = stack
    .log()
    .split('\n')
    .find((one) => one.includes('Somebody is needed') && one.includes(text) && one.includes('"mails":4'));
  return line === undefined ? undefined : JSON.parse(line);
}
