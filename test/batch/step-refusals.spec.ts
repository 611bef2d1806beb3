import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { BatchEngine } from '#libs/notifications/index.js';
import { ReplayService } from '../../libs/notifications/src/receive/replay.service.js';
import { countedTwice, idsOf, manyFailed } from '../support/batch.lists.js';
import { aList, batchNow, move, resultsOf, workedHere } from '../support/batches.js';
import { aLostReturn, aReturn } from '../support/make.js';
import { manyReturns } from '../support/make.many.js';
import { breaking, mended } from '../support/refusing.js';
import { Stack } from '../support/stack.js';
import { say } from '../operate/mails.js';

/** Postgres' code for a row that breaks a rule of its table. */
const CHECK_VIOLATION = '23514';
const ORDERED = { context: 'sent on paper', evidence: 'paper-1' };

let stack: Stack;
let broken: string | undefined;
beforeAll(async () => {
  stack = await Stack.start('step-refusals', { worker: false });
});
afterEach(async () => {
  if (broken !== undefined) await mended(stack, broken);
  broken = undefined;
});

async function refusing(table: string, when: string): Promise<void> {
  broken = table;
  await breaking(stack, table, when, CHECK_VIOLATION);
}

/** Our own ids of as many submissions that failed. */
async function lost(many: number): Promise<string[]> {
  const rows = await stack.sql<{ id: string }>('SELECT id FROM submissions WHERE tax_return_id = ANY($1)', [
    idsOf(await manyFailed(stack, many)),
  ]);
  return rows.map(({ id }) => id);
}

async function mails(many: number): Promise<string[]> {
  const rows = await stack.sql<{ id: string }>(
    `INSERT INTO notifications (id, tax_return_id, template, occurrence, source, state, due_at, settled_at, is_asked)
     SELECT gen_random_uuid(), id, 'accepted', 'x', 's', 'failed', now(), now(), true FROM unnest($1::uuid[]) AS id RETURNING id`,
    [idsOf(await manyReturns(stack, many))],
  );
  return rows.map(({ id }) => id);
}

/** Messages that wait for a submission which has turned up since. */
async function parked(many: number): Promise<string[]> {
  const ids = idsOf(await manyReturns(stack, many));
  await stack.api(
    'POST',
    '/v1/submission-status',
    ids.map((taxReturnId) => ({ taxReturnId, submissionId: `late-${taxReturnId}`, status: 'rejected' })),
  );
  await stack.sql(
    `UPDATE submissions SET submission_id = 'late-' || tax_return_id WHERE tax_return_id = ANY($1)`,
    [ids],
  );
  const rows = await stack.sql<{ id: string }>('SELECT id FROM quarantine WHERE tax_return_id = ANY($1)', [
    ids,
  ]);
  return rows.map(({ id }) => id);
}

/** Submissions that arrived, each with another one of the same person that did not. */
async function kept(many: number): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < many; made += 1) {
    const arrived = await aReturn(stack);
    await say(stack, arrived, 'accepted');
    await aLostReturn(stack, {}, { userId: arrived.userId });
    ids.push(arrived.submissionId);
  }
  return ids;
}

const SIBLING = (subject: string) =>
  `NEW.submission_uuid IN (SELECT other.id FROM submissions s JOIN tax_returns t ON t.id = s.tax_return_id
     JOIN tax_returns o ON o.user_id = t.user_id JOIN submissions other ON other.tax_return_id = o.id
     WHERE s.submission_id = '${subject}')`;

/** A list of them, as the action takes it. */
function listOf(ids: string[], action: string): string {
  if (action !== 'import') return ids.join('\n');
  const day = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  return ['id,state,when', ...ids.map((id) => `${id},in_remediation,${day}`)].join('\n');
}

const STEPS = [
  { action: 'remediate', make: lost, table: 'remediations', when: (id: string) => `NEW.submission_uuid = '${id}'` },
  { action: 'import', make: lost, table: 'remediations', when: (id: string) => `NEW.submission_uuid = '${id}'` },
  { action: 'mark-duplicates', make: kept, table: 'remediations', when: SIBLING },
  { action: 'resend', make: mails, table: 'notifications', when: (id: string) => `NEW.id = '${id}'` },
  { action: 'replay', make: parked, table: 'quarantine', when: (id: string) => `NEW.id = '${id}'` },
] as const; // prettier-ignore

describe.each(STEPS)('a row of $action that the database refuses', ({ action, make, table, when }) => {
  it('has that as its result, once, and the others are done', async () => {
    const ids = await make(4);
    const [, bad = ''] = ids;
    const id = await aList(stack, listOf(ids, action), { action, ordered: ORDERED, incident: randomUUID() });
    await workedHere(stack, id);
    await move(stack, id, 'start-batch');
    await refusing(table, when(bad));
    await stack.app.get(BatchEngine).work(new AbortController().signal);
    expect(await batchNow(stack, id)).toMatchObject({ state: 'finished', reason: null });
    const counts = { applied: 3, 'not-affected': 1 };
    expect(await countedTwice(stack, id)).toEqual({ kept: counts, counted: counts, all: 4, sum: 4 });
    const refused = (await resultsOf(stack, id)).filter((line) => line.includes(bad));
    expect(refused).toEqual([expect.stringContaining('not-affected,not-stored')]);
  });
});

it('a parked message that cannot be read while the database is away is read again later, and is not given up', async () => {
  const id = await aList(stack, (await parked(2)).join('\n'), { action: 'replay', incident: randomUUID() });
  await workedHere(stack, id);
  await move(stack, id, 'start-batch');
  const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const begin = vi.spyOn(stack.app.get(ReplayService), 'begin').mockRejectedValueOnce(away);
  await stack.app.get(BatchEngine).work(new AbortController().signal);
  expect(await batchNow(stack, id)).toMatchObject({ reason: 'keeps-failing', counts: { ready: 2 } });
  begin.mockRestore();
  expect(await workedHere(stack, id)).toMatchObject({ state: 'finished', counts: { applied: 2 } });
});
