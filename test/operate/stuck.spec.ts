import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { WatchService } from '#libs/notifications/index.js';
import { Stack } from '../support/stack.js';

const now = new Date('2026-05-03T12:00:00Z');
const grace = 60_000;

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('stuck', { worker: false, settings: { SWEEP_GRACE: '60s', TOLD_WITHIN: '3d' } });
});
afterAll(() => stack.stop());

it.each([
  ['queued', 'due_at', 10 * grace, []],
  ['queued', 'due_at', 10 * grace + 1, ['stuck']],
  ['sending', 'lease_until', 10 * grace, []],
  ['sending', 'lease_until', 10 * grace + 1, ['stuck']],
  ['handed_over', 'due_at', 100 * grace, []],
])(
  'a mail that is %s, its %s passed for %i ms, needs %j: ten sweeps should have moved it',
  async (state, time, late, needs) => {
    const id = randomUUID();
    const at = new Date(now.getTime() - late);
    await stack.sql(
      `INSERT INTO notifications (id, tax_return_id, template, occurrence, source, state, due_at, lease_until, opened_at)
     VALUES ($1, $1, 'accepted', 'o', 's', $2::notification_state, (CASE $3 WHEN 'due_at' THEN $4 ELSE $5 END)::timestamptz,
             CASE $3 WHEN 'lease_until' THEN $4::timestamptz END, $5::timestamptz)`,
      [id, state, time, at, now],
    );
    const found = await stack.app.get(WatchService).mails({ taxReturnId: id }, 10, now);
    expect(found.map(({ need }) => need)).toEqual(needs);
  },
);
