import { beforeAll, expect, it } from 'vitest';
import { countedTwice } from '../support/batch.lists.js';
import { batchNow, countsOf, move, OTHER, resultsOf, workedHere } from '../support/batches.js';
import { manyReturns } from '../support/make.many.js';
import { Mailbox } from '../support/mailbox.js';
import { Stack } from '../support/stack.js';
import { receipt } from '../support/terminal.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('lists-replay', {
    worker: false,
    mailbox: await Mailbox.start({ keepBodies: false }),
    settings: { BATCH_APPROVAL_ABOVE: '2000' },
  });
});

const MANY = 1_010;

/** Ids of as many messages that wait, each of a rejection whose submission has turned up; no sweep replays them. */
async function parked(many: number): Promise<string[]> {
  const made = await manyReturns(stack, many);
  const entries = made.map(({ taxReturnId }) => ({ taxReturnId, submissionId: `late-${taxReturnId}`, status: 'rejected' })); // prettier-ignore
  for (let from = 0; from < many; from += 500)
    await stack.api('POST', '/v1/submission-status', entries.slice(from, from + 500));
  await stack.sql(
    `UPDATE submissions SET submission_id = 'late-' || tax_return_id WHERE tax_return_id = ANY($1::uuid[])`,
    [made.map(({ taxReturnId }) => taxReturnId)],
  );
  const rows = await stack.sql<{ id: string }>(
    `UPDATE quarantine SET kind = 'refused', reason = 'not-stored' WHERE tax_return_id = ANY($1::uuid[]) RETURNING id`,
    [made.map(({ taxReturnId }) => taxReturnId)],
  );
  return rows.map(({ id }) => id);
}

const replays = (body: object, headers?: Record<string, string>) =>
  stack.api<{ id: string; matching: number }>(
    'POST',
    '/v1/quarantine/replays',
    { filter: { reason: 'not-stored' }, ...body },
    headers,
  );

const waiting = async () =>
  (await stack.sql<{ n: number }>('SELECT count(*)::int AS n FROM quarantine WHERE resolved_at IS NULL'))[0]
    ?.n;

it('many parked messages are replayed by a batch: first its report, then each once, although its worker is killed', async () => {
  const ids = await parked(MANY);
  expect(ids).toHaveLength(MANY);
  // One whose submission never turns up, one that somebody dismisses, one that is replayed by itself meanwhile.
  const [never = '', dismissed = '', alone = ''] = ids;
  await stack.sql(
    `UPDATE submissions SET submission_id = 'other' WHERE tax_return_id = (SELECT tax_return_id FROM quarantine WHERE id = $1)`,
    [never],
  );
  const dry = await replays({ dryRun: true });
  expect([dry.status, dry.headers.get('location')]).toEqual([202, `/v1/batches/${dry.body.id}`]);
  const report = await workedHere(stack, dry.body.id);
  expect([report.state, report.reason, countsOf(report)]).toEqual(['aborted', 'dry-run', { ready: MANY }]);
  expect(await waiting()).toBe(MANY);

  const call = () => replays({ reason: 'the database is mended', cap: MANY }, { 'idempotency-key': 'once' });
  const { body } = await call();
  // What a crash between the commit and the answer leaves: the same call makes no second batch.
  await stack.sql('DELETE FROM idempotent_calls');
  expect((await call()).body).toEqual(body);
  expect((await workedHere(stack, body.id)).state).toBe('validated');
  for (const [id, what] of [
    [dismissed, 'dismiss'],
    [alone, 'replay'],
  ])
    // prettier-ignore
    await stack.api('POST', `/v1/quarantine/${id}/${what}`, { reason: 'a test' });
  await move(stack, body.id, 'start-batch', OTHER);
  await stack.startWorker({ crashAfter: 'recorded' }).ended;
  const { applied } = await batchNow(stack, body.id);
  expect([applied > 0, applied < MANY]).toEqual([true, true]);
  await stack.sql(`UPDATE batches SET lease_until = now() - interval '1 second' WHERE id = $1`, [body.id]);
  expect((await workedHere(stack, body.id)).state).toBe('finished');

  const counts = { applied: MANY - 3, 'not-affected': 2, 'already-done': 1 };
  expect(await countedTwice(stack, body.id)).toEqual({ kept: counts, counted: counts, all: MANY, sum: MANY });
  expect(await waiting()).toBe(1);
  const results = await resultsOf(stack, body.id);
  const resultOf = (id: string) =>
    results
      .find((line) => line.endsWith(id))
      ?.split(',')
      .slice(2, 4);
  expect([never, dismissed, alone].map(resultOf)).toEqual([
    ['not-affected', expect.stringMatching(/\w/)],
    ['not-affected', 'dismissed'],
    ['already-done', ''],
  ]);
  expect(
    await stack.sql(
      `SELECT count(*)::int AS events, count(DISTINCT submission_uuid)::int AS submissions FROM submission_events WHERE type = 'rejected'`,
    ),
  ).toEqual([{ events: MANY - 2, submissions: MANY - 2 }]);
  expect(
    await stack.sql(
      `SELECT count(*)::int AS n, count(DISTINCT target)::int AS targets FROM audit_trail WHERE action = 'replay' AND reason = 'the database is mended'`,
    ),
  ).toEqual([{ n: MANY - 1, targets: MANY - 1 }]);
});

it('few are replayed while the caller waits, and at the terminal many are a batch', async () => {
  await stack.sql('DELETE FROM quarantine');
  await parked(3);
  expect(await replays({ dryRun: true })).toMatchObject({ status: 200, body: { matching: 3 } });
  expect(await replays({ reason: 'mended' })).toMatchObject({ status: 200, body: { matching: 3 } });
  await parked(1_001);
  const { DATABASE_URL = '', ENCRYPTION_KEYS = '' } = stack.environment;
  const settings = { DATABASE_URL, ENCRYPTION_KEYS, BATCH_APPROVAL_ABOVE: '2000' };
  const replay = ['quarantine', 'replay', '--state-reason', 'not-stored'];
  const over = await receipt([...replay, '--dry-run'], settings);
  expect([over.code, over.stderr]).toEqual([1, expect.stringContaining('the cap is 1000')]);
  const dry = await receipt([...replay, '--dry-run', '--cap', '1001'], settings);
  expect([dry.code, dry.stdout]).toEqual([0, expect.stringMatching(/^1001 +will be done$/m)]);
  const above = await receipt([...replay, '--reason', 'mended', '--cap', '1000'], settings);
  expect([above.code, above.stderr]).toEqual([1, expect.stringContaining('the cap is 1000')]);
  expect(await waiting()).toBe(1_001);
});
