import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { BatchReader, BatchService } from '#libs/notifications/index.js';
import { countedTwice, idsOf, manyFailed } from '../support/batch.lists.js';
import {
  aList,
  batchNow,
  countsOf,
  MADE_BY,
  move,
  OTHER,
  resultsOf,
  seenBatch,
  workedHere,
} from '../support/batches.js';
import { runFolder } from '../support/run-folder.js';
import { Stack } from '../support/stack.js';
import { receipt } from '../support/terminal.js';

let stack: Stack;
let settings: Record<string, string>;
beforeAll(async () => {
  stack = await Stack.start('lists-remediate', { worker: false, settings: { BATCH_APPROVAL_ABOVE: '150' } });
  const { DATABASE_URL = '', ENCRYPTION_KEYS = '' } = stack.environment;
  settings = { DATABASE_URL, ENCRYPTION_KEYS, BATCH_APPROVAL_ABOVE: '150' };
});

/** Our own ids of as many submissions that failed. */
async function lost(many: number): Promise<string[]> {
  const returns = idsOf(await manyFailed(stack, many));
  const rows = await stack.sql<{ id: string }>('SELECT id FROM submissions WHERE tax_return_id = ANY($1)', [
    returns,
  ]);
  return rows.map(({ id }) => id);
}

const MENDED = { context: 'sent on paper, says ana@example.com', evidence: 'paper-1' };

async function bring(ids: string[], ordered: object = {}): Promise<string> {
  return aList(stack, ids.join('\n'), { action: 'remediate', ordered: { ...MENDED, ...ordered } });
}

async function remediationsOf(ids: string[]): Promise<Record<string, unknown>[]> {
  return stack.sql(
    `SELECT r.actor, r.evidence, n.context, t.reason FROM remediations r
     JOIN remediation_notes n ON n.remediation_id = r.id
     JOIN audit_trail t ON t.target = r.submission_uuid::text AND t.action = 'remediate'
     WHERE r.submission_uuid = ANY($1::uuid[])`,
    [ids],
  );
}

it('a list is looked at first, mixed as it comes, and then each submission of it is remediated once, with who and why', async () => {
  const ids = await lost(3);
  const [one = '', two = '', three = ''] = ids;
  await stack.sql(`UPDATE submissions SET submission_id = 'S-1' WHERE id = $1`, [one]);
  const list = `\ufeffwho;Submission ID\r\na;S-1\r\n\r\nb;{${two.toUpperCase()}}\r\nc;${one}\r\nd;nobody-1\r\ne;=cmd|calc\r\nf;ana@example.com\r\ng;${three};;\r\n`;
  const id = await aList(stack, list, { action: 'remediate', ordered: MENDED });
  const report = await workedHere(stack, id);
  expect([report.state, countsOf(report)]).toEqual([
    'validated',
    { ready: 3, repeated: 1, unknown: 1, malformed: 2 },
  ]);
  expect(await remediationsOf(ids)).toEqual([]);

  await move(stack, id, 'start-batch');
  expect(countsOf(await workedHere(stack, id))).toEqual({
    applied: 3,
    repeated: 1,
    unknown: 1,
    malformed: 2,
  });
  expect(await remediationsOf(ids)).toEqual(
    Array(3).fill({
      actor: MADE_BY.actor,
      evidence: 'paper-1',
      context: 'sent on paper, says [address]',
      reason: MADE_BY.reason,
    }),
  );
  const returnsOf = new Map(
    (await stack.sql<{ id: string; of: string }>('SELECT id, tax_return_id AS of FROM submissions')).map(
      ({ id: own, of }) => [own, of],
    ),
  );
  const [a, b, c] = ids.map((own) => returnsOf.get(own));
  expect(await resultsOf(stack, id)).toEqual([
    `2,${a},applied,,,,S-1`,
    `4,${b},applied,,,,${two.toUpperCase()}`,
    `5,${a},repeated,,,,${one}`,
    `6,,unknown,,,,nobody-1`,
    `7,,malformed,,,,'=cmd|calc`,
    `8,,malformed,,,,[address]`,
    `9,${c},applied,,,,${three}`,
  ]);
});

it('the same list again does nothing, and under another name it is another remediation', async () => {
  const ids = await lost(2);
  const first = await bring(ids);
  await workedHere(stack, first);
  await move(stack, first, 'start-batch');
  await workedHere(stack, first);
  const again = await workedHere(stack, await bring(ids));
  expect([again.state, countsOf(again)]).toEqual(['finished', { 'already-done': 2 }]);
  const other = await workedHere(stack, await bring(ids, { evidence: 'paper-2' }));
  expect([other.state, countsOf(other)]).toEqual(['validated', { ready: 2 }]);
});

it('what another list did between the report and the run is asked again, so that nothing is done twice', async () => {
  const ids = await lost(2);
  const [one, two] = [await bring(ids), await bring(ids)];
  for (const id of [one, two]) expect(countsOf(await workedHere(stack, id))).toEqual({ ready: 2 });
  for (const id of [one, two]) await move(stack, id, 'start-batch');
  const ended = [await workedHere(stack, one), await workedHere(stack, two)];
  expect(ended.map(countsOf)).toEqual([{ applied: 2 }, { 'already-done': 2 }]);
  expect(await remediationsOf(ids)).toHaveLength(2);
});

it('a worker that is killed in the middle is followed by another, and each submission is remediated once', async () => {
  const ids = await lost(130);
  const id = await bring(ids);
  await workedHere(stack, id);
  await move(stack, id, 'start-batch');
  await stack.startWorker({ crashAfter: 'recorded' }).ended;
  const { applied } = await batchNow(stack, id);
  expect([applied > 0, applied < 130]).toEqual([true, true]);
  await stack.sql(`UPDATE batches SET lease_until = now() - interval '1 second' WHERE id = $1`, [id]);
  expect((await workedHere(stack, id)).state).toBe('finished');
  const counts = { applied: 130 };
  expect(await countedTwice(stack, id)).toEqual({ kept: counts, counted: counts, all: 130, sum: 130 });
  expect(await remediationsOf(ids)).toHaveLength(130);
});

it('it is held back, goes on and is ended by whoever is there, and what was not done is a list for the next', async () => {
  const ids = await lost(12);
  const id = await bring(ids);
  await workedHere(stack, id);
  await stack.app.get(BatchService).pace(id, 4, MADE_BY);
  await move(stack, id, 'start-batch');
  const working = workedHere(stack, id);
  await seenBatch(stack, id, ({ applied }) => applied > 0, 'a list of which something is done');
  await move(stack, id, 'pause-batch', OTHER);
  const paused = await working;
  expect(paused).toMatchObject({ state: 'paused', counts: { ready: 12 - paused.applied } });
  await move(stack, id, 'abort-batch', OTHER);
  let rest = '';
  for await (const part of stack.app.get(BatchReader).remaining(id, 'remediate')) rest += part;
  expect(rest.trimEnd().split('\r\n')).toHaveLength(1 + paused.left);
  const next = await aList(stack, rest, { action: 'remediate', ordered: MENDED });
  expect(countsOf(await workedHere(stack, next))).toEqual({ ready: paused.left });
});

it('at the terminal no worker has to run; a dry run keeps nothing, and a large list waits for another person', async () => {
  const ids = await lost(160);
  const file = join(runFolder(), 'lists-remediate.csv');
  writeFileSync(file, ['submission', ...ids].join('\n'));
  const fromList = ['remediate', 'from-list', file, '--context', 'c', '--evidence', 'e-1', '--as', 'Ada'];
  const dry = await receipt([...fromList, '--dry-run'], settings);
  expect([dry.code, dry.stdout]).toEqual([0, expect.stringMatching(/^160 +would be remediated$/m)]);
  const asked = await receipt(fromList, settings);
  expect([asked.code, asked.stderr]).toEqual([1, expect.stringContaining('another person has to approve')]);
  expect(await remediationsOf(ids)).toEqual([]);
  const id = /receipt batch approve (\S+)/.exec(asked.stderr)?.[1] ?? '';
  const why = ['--reason', 'looked at it'];
  expect((await receipt(['batch', 'approve', id, ...why, '--as', 'Ada'], settings)).code).toBe(1);
  const looked = await receipt(['batch', 'approve', id, ...why, '--as', 'Ben'], settings);
  const seen = /--seen (\w+)/.exec(looked.stderr)?.[1] ?? '';
  expect(
    (await receipt(['batch', 'approve', id, ...why, '--as', 'Ben', '--seen', seen], settings)).code,
  ).toBe(0);
  expect((await receipt(['batch', 'start', id, ...why, '--as', 'Ben'], settings)).code).toBe(0);
  expect(countsOf(await workedHere(stack, id))).toEqual({ applied: 160 });
  const again = await receipt([...fromList, '--json'], settings);
  expect(JSON.parse(again.stdout)).toMatchObject({ outcomes: { remediated: 0, known: 160, unknown: 0 } });
});
