import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { BatchGlances } from '#libs/notifications/index.js';
import { countedTwice } from '../support/batch.lists.js';
import {
  aList,
  batchNow,
  countsOf,
  MADE_BY,
  move,
  OTHER,
  resultsOf,
  workedHere,
} from '../support/batches.js';
import { manyReturns } from '../support/make.many.js';
import { Mailbox } from '../support/mailbox.js';
import { runFolder } from '../support/run-folder.js';
import { Stack } from '../support/stack.js';
import { receipt } from '../support/terminal.js';
import { Visitor } from '../support/visitor.js';

let stack: Stack;
let settings: Record<string, string>;
beforeAll(async () => {
  stack = await Stack.start('lists-resend', {
    worker: false,
    mailbox: await Mailbox.start({ keepBodies: false }),
    settings: { BATCH_APPROVAL_ABOVE: '2000' },
  });
  const { DATABASE_URL = '', ENCRYPTION_KEYS = '', REDIS_URL = '' } = stack.environment;
  settings = { DATABASE_URL, ENCRYPTION_KEYS, BATCH_APPROVAL_ABOVE: '2000', ...(REDIS_URL && { REDIS_URL }) };
});

/** Ids of as many mails that failed, of this incident; each of somebody else. */
async function failedMails(many: number, incident: string): Promise<string[]> {
  const made = await manyReturns(stack, many);
  const rows = await stack.sql<{ id: string }>(
    `INSERT INTO notifications (id, tax_return_id, template, occurrence, source, state, due_at, settled_at, is_asked, incident)
     SELECT gen_random_uuid(), id, 'accepted', 'x', 's', 'failed', now(), now(), true, $2 FROM unnest($1::uuid[]) AS id RETURNING id`,
    [made.map(({ taxReturnId }) => taxReturnId), incident],
  );
  return rows.map(({ id }) => id);
}

const resends = (incident: string, body: object, headers?: Record<string, string>) =>
  stack.api<{ id: string; matching: number }>(
    'POST',
    '/v1/resends',
    { filter: { incident }, ...body },
    headers,
  );

const mailsOf = (incident: string) =>
  stack.sql(
    'SELECT state::text, reason, count(*)::int AS mails FROM notifications WHERE incident = $1 GROUP BY 1, 2 ORDER BY 1, 2',
    [incident],
  );

it('a dry run of ten thousand is answered at once with a batch, whose report says who would be left out and why, and nothing is done', async () => {
  const ids = await failedMails(10_000, 'large');
  await stack.sql(`UPDATE notifications SET state = 'handed_over' WHERE id = ANY($1)`, [ids.slice(0, 3)]);
  await stack.sql(`UPDATE notifications SET state = 'unknown' WHERE id = ANY($1)`, [ids.slice(3, 5)]);
  const before = await mailsOf('large');
  const { status, body, headers } = await resends('large', { dryRun: true });
  expect([status, headers.get('location')]).toEqual([202, `/v1/batches/${body.id}`]);
  const report = await workedHere(stack, body.id);
  expect(report).toMatchObject({ action: 'resend', rows: 10_000, state: 'aborted', reason: 'dry-run' });
  expect(countsOf(report)).toMatchObject({ ready: 9_995, 'already-told': 3, 'not-affected': 2 });
  expect(await mailsOf('large')).toEqual(before);
  await expect(move(stack, body.id, 'start-batch')).rejects.toThrow('cannot be started');
  await stack.sql(`UPDATE notifications SET incident = NULL WHERE incident = 'large'`);
});

it('stops by itself where too many of its mails fail again while rows are left, and is over with its last row when somebody resumes it', async () => {
  const ids = await failedMails(60, 'stopping');
  const id = await aList(stack, ids.join('\n'), { action: 'resend' });
  expect((await workedHere(stack, id)).state).toBe('validated');
  await move(stack, id, 'start-batch');
  // All but the last five were done, and failed again.
  await stack.sql(
    `WITH done AS (
       UPDATE batch_rows SET outcome = 'applied', notification_id = subject::uuid WHERE batch_id = $1 AND row <= 55 RETURNING notification_id
     ), failed AS (
       UPDATE notifications SET settled_at = clock_timestamp() WHERE id IN (SELECT notification_id FROM done)
     )
     UPDATE batches SET applied_to = 55, counts = '{"applied": 55, "ready": 5}' WHERE id = $1`,
    [id],
  );
  const stopped = await workedHere(stack, id);
  expect(stopped).toMatchObject({ state: 'stopped', reason: 'too-many-failed', applied: 55 });
  await move(stack, id, 'resume-batch', OTHER);
  // Its last mails wait for a worker, and none runs.
  expect(await workedHere(stack, id)).toMatchObject({
    state: 'finished',
    applied: 60,
    counts: { waiting: 5 },
  });
  await stack.sql(
    `UPDATE notifications SET incident = NULL, state = 'withheld', settled_at = now() WHERE incident = 'stopping'`,
  );
});

it('many are sent again by a batch that a person starts, each once although its worker is killed, and what is no longer true is settled', async () => {
  const ids = await failedMails(1_100, 'many');
  await stack.sql(
    `UPDATE notifications SET template = 'rejected', is_asked = false, submission_uuid = (SELECT s.id FROM submissions s WHERE s.tax_return_id = notifications.tax_return_id)
     WHERE id = $1`,
    [ids[0]],
  );
  await stack.sql(
    `INSERT INTO submission_events (submission_uuid, type, occurrence, source, occurred_at)
     SELECT submission_uuid, 'accepted', '', 'a', now() FROM notifications WHERE id = $1`,
    [ids[0]],
  );
  const { status, body } = await resends('many', { reason: 'relay mended', cap: 1_099 });
  expect(status).toBe(202);
  const report = await workedHere(stack, body.id);
  expect([report.state, countsOf(report)]).toEqual(['validated', { ready: 1_099, superseded: 1 }]);

  await move(stack, body.id, 'start-batch', OTHER);
  await stack.startWorker({ crashAfter: 'recorded' }).ended;
  const { applied } = await batchNow(stack, body.id);
  expect([applied > 0, applied < 1_100]).toEqual([true, true]);
  await stack.sql(`UPDATE batches SET lease_until = now() - interval '1 second' WHERE id = $1`, [body.id]);
  await stack.sql(
    `UPDATE notifications SET lease_until = now() - interval '1 second' WHERE state = 'sending'`,
  );
  await workedHere(stack, body.id);
  await stack.startWorker().ready();
  await stack.idle();

  const counts = { applied: 1_100 };
  expect(await countedTwice(stack, body.id)).toEqual({
    kept: counts,
    counted: counts,
    all: 1_100,
    sum: 1_100,
  });
  const done = await batchNow(stack, body.id);
  expect(done.counts.told + done.counts.uncertain).toBe(1_099);
  const { told, uncertain, failed } = done.counts;
  const glance = { told, uncertain, failed, isAll: true };
  expect((await stack.app.get(BatchGlances).mailsOf([body.id])).get(body.id)).toEqual(glance);
  const recipients = stack.mailbox.mails.map(({ to }) => to[0]);
  expect(new Set(recipients).size).toBe(recipients.length);
  expect(recipients.length).toBeGreaterThanOrEqual(done.counts.told);
  expect(
    await stack.sql(
      `SELECT action, reason, count(*)::int AS n FROM audit_trail WHERE kind = 'notification' AND reason = 'relay mended' GROUP BY 1, 2 ORDER BY 1`,
    ),
  ).toEqual([
    { action: 'resend', reason: 'relay mended', n: 1_099 },
    { action: 'withhold', reason: 'relay mended', n: 1 },
  ]);
  const results = await resultsOf(stack, body.id);
  expect(results.filter((line) => line.includes(',applied,superseded-by-acceptance,'))).toHaveLength(1);
});

it('more than the cap, which is a thousand where nobody names one, is not started, and says the number', async () => {
  await failedMails(1_001, 'capped');
  const { body } = await resends('capped', { reason: 'relay mended' });
  expect((await workedHere(stack, body.id)).state).toBe('validated');
  await expect(move(stack, body.id, 'start-batch')).rejects.toThrow(
    '1001 rows would be done, and the cap is 1000',
  );
  await move(stack, body.id, 'abort-batch', MADE_BY);
  await stack.sql(`UPDATE notifications SET incident = NULL, state = 'withheld' WHERE incident = 'capped'`);
});

it('a call that is repeated makes no second batch, although its process died before it answered and the first batch has sent them', async () => {
  const ids = await failedMails(1_001, 'repeated');
  const call = () => resends('repeated', { reason: 'relay mended' }, { 'idempotency-key': 'once' });
  const first = await call();
  const replayed = await call();
  expect([replayed.headers.get('idempotency-replayed'), replayed.headers.get('location')]).toEqual([
    'true',
    `/v1/batches/${first.body.id}`,
  ]);
  // What a crash between the commit and the answer leaves.
  await stack.sql('DELETE FROM idempotent_calls');
  await stack.sql(`UPDATE notifications SET state = 'handed_over', incident = NULL WHERE id = ANY($1)`, [
    ids,
  ]);
  const again = await call();
  expect([again.status, again.body, again.headers.get('location')]).toEqual([
    202,
    first.body,
    `/v1/batches/${first.body.id}`,
  ]);
  await move(stack, first.body.id, 'abort-batch', MADE_BY);
});

it('whose batch is paused is not accepted in silence: it says that it would not go, and what to do', async () => {
  const [one = ''] = await failedMails(2, 'held');
  const batch = randomUUID();
  await stack.sql(
    `INSERT INTO batches (id, action, origin, state, made_by) VALUES ($1, 'reminder-submit', 'upload', 'paused', 'Ada')`,
    [batch],
  );
  await stack.sql('UPDATE notifications SET batch_id = $1 WHERE id = $2', [batch, one]);
  const sendAgain = (id: string) =>
    stack.api('POST', `/v1/notifications/${id}/resend`, { reason: 'relay mended' });
  expect(await sendAgain(one)).toMatchObject({
    status: 409,
    body: { detail: expect.stringMatching(/holds its mails back.* Resume that batch: /) },
  });
  const many = await resends('held', { reason: 'relay mended' });
  expect([many.status, many.body]).toEqual([
    200,
    expect.objectContaining({
      openedAgain: 1,
      leftOut: [expect.objectContaining({ why: 'held-by-batch', mails: 1, sample: [one] })],
    }),
  ]);
  expect(
    await stack.sql(`SELECT id FROM notifications WHERE incident = 'held' AND state = 'failed'`),
  ).toEqual([{ id: one }]);
  await stack.sql(`UPDATE batches SET state = 'aborted', ended_at = now() WHERE id = $1`, [batch]);
  expect(await sendAgain(one)).toMatchObject({ status: 202 });
  await stack.sql(`UPDATE notifications SET incident = NULL, state = 'withheld' WHERE incident = 'held'`);
});

it('a page looks at none of a thousand and more: it counts them, and whoever sends its form gets one batch, whose report looks', async () => {
  await failedMails(1_001, 'page');
  const nora = await Visitor.named(stack, 'nora', ['operate']);
  const path = '/ops/resend?all=yes&incident=page';
  expect(await nora.read(path)).toContain('1,001 mails match');
  const form = { ...(await nora.hiddenOf(path, '/ops/resend')), why: 'relay mended', cap: '1001' };
  const sent = [await nora.send('/ops/resend', form), await nora.send('/ops/resend', form)];
  expect(sent[0]).toMatchObject({
    status: 303,
    location: expect.stringMatching(/^\/ops\/batches\/[-0-9a-f]+$/),
  });
  expect(sent[1]?.location).toBe(sent[0]?.location);
  const id = sent[0]?.location?.split('/').at(-1) ?? '';
  const report = await workedHere(stack, id);
  expect([report.state, countsOf(report)]).toEqual(['validated', { ready: 1_001 }]);
  await move(stack, id, 'abort-batch', MADE_BY);
  await stack.sql(`UPDATE notifications SET incident = NULL, state = 'withheld' WHERE incident = 'page'`);
});

it('whose page promised a report first gets one, although few match by the time that its form is sent', async () => {
  const ids = await failedMails(1_001, 'fewer');
  const nora = await Visitor.named(stack, 'nora', ['operate']);
  const path = '/ops/resend?all=yes&incident=fewer';
  const form = { ...(await nora.hiddenOf(path, '/ops/resend')), why: 'relay mended', cap: '1001' };
  await stack.sql(
    `UPDATE notifications SET incident = NULL, state = 'withheld' WHERE incident = 'fewer' AND id <> $1`,
    [ids[0]],
  );
  const sent = await nora.send('/ops/resend', form);
  expect(sent.status).toBe(303);
  expect(await mailsOf('fewer')).toEqual([{ state: 'failed', reason: null, mails: 1 }]);
  const id = sent.location?.split('/').at(-1) ?? '';
  const report = await workedHere(stack, id);
  expect([report.state, countsOf(report)]).toEqual(['validated', { ready: 1 }]);
  await move(stack, id, 'abort-batch', MADE_BY);
  await stack.sql(`UPDATE notifications SET incident = NULL, state = 'withheld' WHERE incident = 'fewer'`);
});

it('few are sent again while the caller waits', async () => {
  await failedMails(2, 'few');
  expect(await resends('few', { dryRun: true })).toMatchObject({ status: 200, body: { matching: 2 } });
});

it('at the terminal a list of ids, mixed as it comes, is a batch, and so are many that a filter finds', async () => {
  const ids = await failedMails(2, 'listed');
  const file = join(runFolder(), 'lists-resend.csv');
  writeFileSync(file, ['notificationId;why', `${ids[0]};x`, `{${ids[1]?.toUpperCase()}};`, `${ids[0]};`, '=cmd|calc;', `${ids[0]?.replace(/^.{8}/, '00000000')};`].join('\r\n')); // prettier-ignore
  const list = ['resend', '--list', file, '--as', 'Ada'];
  const dry = await receipt([...list, '--dry-run'], settings);
  expect([dry.code, dry.stdout]).toEqual([0, expect.stringMatching(/^2 +will be done$/m)]);
  expect(await mailsOf('listed')).toEqual([{ state: 'failed', reason: null, mails: 2 }]);
  const sent = await receipt([...list, '--reason', 'mended', '--json'], settings);
  const { state, counts } = JSON.parse(sent.stdout) as { state: string; counts: object };
  expect([sent.code, state, counts]).toEqual([
    0,
    'finished',
    expect.objectContaining({ applied: 2, repeated: 1, malformed: 1, unknown: 1 }),
  ]);
  await failedMails(2_001, 'found');
  const found = await receipt(['resend', '--incident', 'found', '--cap', '3000', '--reason', 'mended', '--as', 'Ada'], settings); // prettier-ignore
  expect([found.code, found.stderr]).toEqual([1, expect.stringContaining('another person has to approve')]);
  expect(await mailsOf('found')).toEqual([{ state: 'failed', reason: null, mails: 2_001 }]);

  // Whoever is to say yes sees the first of the mails, as they would go now.
  const id = /^Batch (\S+):/m.exec(found.stdout)?.[1] ?? '';
  const asked = await receipt(
    ['batch', 'approve', id, '--as', 'Grace', '--reason', 'looked at it'],
    settings,
  );
  expect(asked.stdout.match(/^MAIL \d OF 3, to the owner of /gm)).toHaveLength(3);
  expect(asked.stdout).toMatch(/accepted/i);
  await move(stack, id, 'approve-batch', OTHER);
  expect((await batchNow(stack, id)).state).toBe('validated');
  await move(stack, id, 'abort-batch', MADE_BY);
});
