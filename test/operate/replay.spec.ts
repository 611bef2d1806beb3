import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { sendMailV1 } from '#apps/local/src/direct-file.messages.js';
import { Doors, parkedTodo, QuarantineService, ReplayService } from '#libs/notifications/index.js';
import { PrismaService, QUEUES } from '#libs/platform/index.js';
import { eventually } from '../support/eventually.js';
import { aName, aReturn, register } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';
import { mailsOf, say, trailOf } from './mails.js';

let stack: Stack;
beforeAll(async () => {
  // Without a worker no sweep replays anything.
  stack = await Stack.start('replay', { worker: false });
});

const replay = (id: string) =>
  stack.api('POST', `/v1/quarantine/${id}/replay`, { reason: 'the directory is back' });
const dismiss = (id: string) =>
  stack.api('POST', `/v1/quarantine/${id}/dismiss`, { reason: 'not one of ours' });

it('a replay with an empty reason is refused, and says what is missing', async () => {
  const { id, owner } = await parked();
  await turnsUp(owner);
  const answer = await stack.api('POST', `/v1/quarantine/${id}/replay`, { reason: ' ' });
  const detail = 'is empty: say why, for the audit trail';
  expect([answer.status, answer.body.errors]).toEqual([422, [expect.objectContaining({ detail })]]);
  expect(await entry(id)).toEqual({ resolution: null, replays: 0 });
});

it.each([
  ['without a body', undefined],
  ['without a reason', {}],
])(
  'a replay %s goes, as the contract has it, and the trail says that nobody said why',
  async (_what, body) => {
    const { id, owner } = await parked();
    await turnsUp(owner);
    expect((await stack.api('POST', `/v1/quarantine/${id}/replay`, body)).status).toBe(200);
    expect(await trailOf(stack, id)).toMatchObject([{ action: 'replay', reason: 'no reason was given' }]);
  },
);

describe('what somebody dismissed', () => {
  it('is not replayed: the answer says what became of it, and neither it nor the trail changes', async () => {
    const { id, owner } = await parked();
    await dismiss(id);
    await turnsUp(owner);
    const { status, body } = await replay(id);
    expect([status, body.detail]).toEqual([
      409,
      expect.stringMatching(/^Somebody dismissed this message at 20.*: nothing is to be done with it/),
    ]);
    expect(await mailsOf(stack, owner)).toEqual([]);
    expect(await entry(id)).toEqual({ resolution: 'dismissed', replays: 0 });
    expect(await trailOf(stack, id)).toMatchObject([{ action: 'dismiss' }]);
  });

  it('is not replayed by itself either', async () => {
    const { id, owner } = await parked();
    await dismiss(id);
    await turnsUp(owner);
    await stack.app.get(ReplayService).replayAll([id]);
    expect(await mailsOf(stack, owner)).toEqual([]);
    expect(await entry(id)).toEqual({ resolution: 'dismissed', replays: 0 });
  });

  it('is neither replayed nor counted when that happens while many are replayed', async () => {
    const [first, second] = [await parked(), await parked()];
    for (const { owner } of [first, second]) await turnsUp(owner);
    const filter = { ids: [first.id, second.id] };
    const replays = await whileHeld(first.id, async () => {
      const going = stack.api('POST', '/v1/quarantine/replays', { filter, reason: 'the directory is back' });
      await somebodyWaits();
      await dismiss(second.id);
      return () => going;
    });
    expect(replays.body).toMatchObject({ matching: 1, outcomes: { applied: 1, failed: 0 } });
    expect(await mailsOf(stack, second.owner)).toEqual([]);
  });

  it('while its replay waited for its turn is not replayed', async () => {
    const { id, owner } = await parked();
    await turnsUp(owner);
    const { status } = await whileHeld(id, async (session) => {
      const going = replay(id);
      await somebodyWaits();
      await session.query(
        `UPDATE quarantine SET resolved_at = now(), resolution = 'dismissed' WHERE id = '${id}'`,
      );
      return () => going;
    });
    expect(status).toBe(409);
    expect(await mailsOf(stack, owner)).toEqual([]);
  });

  it('while it was being replayed is not dismissed: it found its way', async () => {
    const { id, owner } = await parked();
    await turnsUp(owner);
    const session = await stack.session();
    await session.query('BEGIN');
    await session.query('SELECT 1 FROM tax_returns WHERE id = $1 FOR UPDATE', [owner.taxReturnId]);
    const replayed = replay(id);
    await somebodyWaits();
    const dismissed = dismiss(id);
    await somebodyWaits(2);
    await session.query('COMMIT');
    session.release();
    expect([(await replayed).status, (await dismissed).status]).toEqual([200, 404]);
    expect(await entry(id)).toEqual({ resolution: 'applied', replays: 1 });
  });
});

describe('a replay and its entry of the trail', () => {
  it('are one: without the entry nothing is done, and the log names the message', async () => {
    const { id, owner } = await parked();
    await turnsUp(owner);
    await stack.sql(
      `ALTER TABLE audit_trail ADD CONSTRAINT none CHECK (reason <> 'the directory is back') NOT VALID`,
    );
    const { status } = await replay(id);
    await stack.sql('ALTER TABLE audit_trail DROP CONSTRAINT none');
    expect(status).toBe(500);
    expect(await mailsOf(stack, owner)).toEqual([]);
    expect(await entry(id)).toEqual({ resolution: null, replays: 0 });
    expect(stack.log()).toMatch(new RegExp(`"quarantineId":"${id}".*could not be replayed`));
    expect((await replay(id)).body).toMatchObject({ entries: [{ outcome: 'applied' }] });
    expect(await trailOf(stack, id)).toMatchObject([{ action: 'replay', after: { resolution: 'applied' } }]);
  });
});

describe('a message that is taken apart by its replay', () => {
  it.each([
    ['of statuses', 'CONFIRMATION_QUEUE', 'submission_events', statusesOf],
    ['of mails', 'SEND_MAIL_QUEUE', 'notifications', mailsFor],
  ])(
    '%s: what the database refuses is parked alone, the rest is applied',
    async (_what, queue, table, bodyOf) => {
      const [bad, good] = [await aReturn(stack), await aReturn(stack)];
      const messageId = randomUUID();
      const message = { queue: stack.environment[queue] ?? '', messageId, body: bodyOf(bad, good) };
      await stack.app
        .get(QuarantineService)
        .keepUnreadable(message, 'unreadable', 'as an older version said');
      const [kept] = await stack.sql<{ id: string }>(
        `SELECT id FROM quarantine WHERE source LIKE '%' || $1`,
        [messageId],
      );
      const column = table === 'notifications' ? 'tax_return_id::text' : 'incident';
      await stack.sql(
        `ALTER TABLE ${table} ADD CONSTRAINT none CHECK (${column} <> '${bad.taxReturnId}') NOT VALID`,
      );
      const { body } = await replay(kept?.id ?? '');
      await stack.sql(`ALTER TABLE ${table} DROP CONSTRAINT none`);
      expect(body).toMatchObject({
        entries: [{ outcome: 'parked', reason: 'not-stored' }, { outcome: 'applied' }],
        quarantine: { resolution: 'taken-apart' },
      });
      expect(await mailsOf(stack, good)).toHaveLength(1);
      const [alone] = await stack.sql<{ id: string }>('SELECT id FROM quarantine WHERE source LIKE $1', [
        `%${messageId}#0`,
      ]);
      expect((await replay(alone?.id ?? '')).body).toMatchObject({ entries: [{ outcome: 'applied' }] });
    },
  );
});

describe('what came on a queue that nothing here reads', () => {
  it.each([
    ['a message', 'unreadable' as const, ''],
    ['an entry of one', 'refused' as const, '#0'],
  ])(
    '%s stays parked when it is replayed, and says why: it is not taken for a status',
    async (_what, kind, place) => {
      const owner = await aReturn(stack);
      const queue = 's3-notification-event-queue';
      const source = `${queue}/${randomUUID()}${place}`;
      const body = JSON.stringify({ ...owner, status: 'rejected' });
      await stack.app
        .get(PrismaService)
        .$transaction((tx) =>
          stack.app
            .get(QuarantineService)
            .keep(tx, [{ kind, queue, source, body, reason: 'as-it-was', detail: 'As it was.' }]),
        );
      const [row] = await stack.sql<{ id: string }>('SELECT id FROM quarantine WHERE source = $1', [source]);
      const answer = await replay(row?.id ?? '');
      expect(answer.body).toMatchObject({
        entries: [{ outcome: 'parked', reason: 'no-door' }],
        quarantine: {
          kind,
          reason: 'no-door',
          detail: 'Nothing here reads the queue that it came on, so nobody can say what it means.',
          resolution: null,
          replays: 1,
        },
      });
      expect(await mailsOf(stack, owner)).toEqual([]);
      expect(parkedTodo({ kind, reason: 'no-door' })).toMatch(/deploy a version that reads this queue/);
    },
  );

  it('waits on where nobody acts, and is applied once its queue has a name again that is read', async () => {
    const { id, owner } = await parked();
    await stack.sql(`UPDATE quarantine SET queue = 'a-name-of-before' WHERE id = $1`, [id]);
    await register(stack, owner);
    await stack.app.get(ReplayService).replayMatched();
    const [waiting] = await stack.sql('SELECT kind::text, reason, replays FROM quarantine WHERE id = $1', [
      id,
    ]);
    expect(waiting).toEqual({ kind: 'unmatched', reason: 'unknown-submission', replays: 0 });
    await stack.sql('UPDATE quarantine SET queue = $2 WHERE id = $1', [
      id,
      stack.environment.CONFIRMATION_QUEUE,
    ]);
    await stack.app.get(ReplayService).replayMatched();
    expect(await stack.sql('SELECT resolution FROM quarantine WHERE id = $1', [id])).toEqual([
      { resolution: 'applied' },
    ]);
    expect(await mailsOf(stack, owner)).toHaveLength(1);
  });

  it('is none of the queues that settings name: each has its door, by its setting and by its name', () => {
    const doors = stack.app.get(Doors);
    for (const queue of QUEUES)
      expect([queue, doors.named(stack.environment[queue] ?? '')]).toEqual([queue, doors.at(queue)]);
  });
});

/** A message that waits for a return that is not known. */
async function parked(): Promise<{ id: string; owner: MadeReturn }> {
  const owner = aName();
  await say(stack, owner, 'rejected');
  const [row] = await stack.sql<{ id: string }>('SELECT id FROM quarantine WHERE tax_return_id = $1', [
    owner.taxReturnId,
  ]);
  return { id: row?.id ?? '', owner };
}

/** The return turns up unseen, as after a restore of the database: nothing is replayed by itself. */
async function turnsUp({ taxReturnId, submissionId }: MadeReturn): Promise<void> {
  await stack.sql('INSERT INTO tax_returns (id) VALUES ($1)', [taxReturnId]);
  await stack.sql(
    'INSERT INTO submissions (id, tax_return_id, submission_id, created_at) VALUES ($1, $2, $3, now())',
    [randomUUID(), taxReturnId, submissionId],
  );
}

async function entry(id: string): Promise<object | undefined> {
  const [row] = await stack.sql('SELECT resolution, replays FROM quarantine WHERE id = $1', [id]);
  return row;
}

/** Does something while the row of a parked message is held, and awaits what comes of it once it is let go. */
async function whileHeld<T>(
  id: string,
  work: (session: Awaited<ReturnType<Stack['session']>>) => Promise<() => Promise<T>>,
): Promise<T> {
  const session = await stack.session();
  await session.query('BEGIN');
  await session.query('SELECT 1 FROM quarantine WHERE id = $1 FOR UPDATE', [id]);
  const ends = await work(session);
  await session.query('COMMIT');
  session.release();
  return ends();
}

function somebodyWaits(many = 1): Promise<boolean> {
  return eventually(
    async () => {
      const waiting = await stack.sql(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return waiting.length === many;
    },
    { because: `${many} that wait for a row` },
  );
}

function statusesOf(bad: MadeReturn, good: MadeReturn): string {
  return JSON.stringify(
    [bad, good].map(({ taxReturnId, submissionId }) => ({
      taxReturnId,
      submissionId,
      status: 'rejected',
      incident: taxReturnId,
    })),
  );
}

function mailsFor(bad: MadeReturn, good: MadeReturn): string {
  return sendMailV1({ accepted: [bad, good].map(({ taxReturnId }) => ({ taxReturnId })) });
}
