import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PauseService, WatchService } from '#libs/notifications/index.js';
import { Stack } from '../support/stack.js';

const now = new Date('2026-05-03T12:00:00Z');
const grace = 60_000;
const day = 24 * 60 * grace;

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('stuck', { worker: false, settings: { SWEEP_GRACE: '60s', TOLD_WITHIN: '3d' } });
});

/** A mail of this state whose time passed so many milliseconds ago. */
async function aMail(state: string, time: string, late: number): Promise<string> {
  const id = randomUUID();
  const at = new Date(now.getTime() - late);
  await stack.sql(
    `INSERT INTO notifications (id, tax_return_id, template, occurrence, source, state, due_at, lease_until, opened_at)
     VALUES ($1, $1, 'accepted', 'o', 's', $2::notification_state, (CASE $3 WHEN 'due_at' THEN $4 ELSE $5 END)::timestamptz,
             CASE $3 WHEN 'lease_until' THEN $4::timestamptz END, $5::timestamptz)`,
    [id, state, time, at, now],
  );
  return id;
}

/** What it needs. */
async function needsOf(id: string, at = now): Promise<string[]> {
  const found = await stack.app.get(WatchService).mails({ taxReturnId: id }, 10, at);
  return found.map(({ need }) => need);
}

it.each([
  ['queued', 'due_at', 10 * grace, []],
  ['queued', 'due_at', 10 * grace + 1, ['stuck']],
  ['sending', 'lease_until', 10 * grace, []],
  ['sending', 'lease_until', 10 * grace + 1, ['stuck']],
  ['handed_over', 'due_at', 100 * grace, []],
])(
  'a mail that is %s, its %s passed for %i ms, needs %j: ten sweeps should have moved it',
  async (state, time, late, needs) => {
    expect(await needsOf(await aMail(state, time, late))).toEqual(needs);
  },
);

describe.each(['accepted', 'all'] as const)('while %s is paused', (pausable) => {
  const acting = { actor: 'on-call', reason: 'wrong wording' };
  const pauses = () => stack.app.get(PauseService);
  beforeAll(() => pauses().pause(pausable, acting));
  afterAll(() => pauses().resume(pausable, acting));

  it('a mail that waits needs nobody, until its time box has passed', async () => {
    const id = await aMail('queued', 'due_at', 100 * grace);
    expect(await needsOf(id)).toEqual([]);
    expect(await needsOf(id, new Date(now.getTime() + 3 * day))).toEqual(['stuck']);
  });

  it('a mail that a worker died with needs somebody all the same', async () => {
    expect(await needsOf(await aMail('sending', 'lease_until', 100 * grace))).toEqual(['stuck']);
  });
});

it('a pause of another template excuses nobody', async () => {
  const acting = { actor: 'on-call', reason: 'wrong wording' };
  await stack.app.get(PauseService).pause('rejected', acting);
  expect(await needsOf(await aMail('queued', 'due_at', 100 * grace))).toEqual(['stuck']);
});
