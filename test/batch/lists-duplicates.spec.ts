import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { aList, countsOf, MADE_BY, move, resultsOf, workedHere } from '../support/batches.js';
import { aLostReturn, aReturn } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { runFolder } from '../support/run-folder.js';
import { Stack } from '../support/stack.js';
import { receipt } from '../support/terminal.js';
import { say } from '../operate/mails.js';

let stack: Stack;
let settings: Record<string, string>;
beforeAll(async () => {
  stack = await Stack.start('lists-duplicates', { worker: false });
  const { DATABASE_URL = '', ENCRYPTION_KEYS = '' } = stack.environment;
  settings = { DATABASE_URL, ENCRYPTION_KEYS };
});

/** A submission that was accepted, and as many of the same person that nothing took. */
async function arrived(failed: number): Promise<{ kept: MadeReturn; lost: MadeReturn[] }> {
  const kept = await aReturn(stack);
  await say(stack, kept, 'accepted');
  const lost: MadeReturn[] = [];
  while (lost.length < failed) lost.push(await aLostReturn(stack, {}, { userId: kept.userId }));
  return { kept, lost };
}

async function marked(lost: MadeReturn[]): Promise<object[]> {
  return stack.sql(
    `SELECT r.actor, r.ignored_as_duplicate AS duplicate, n.context FROM remediations r
     JOIN remediation_notes n ON n.remediation_id = r.id JOIN submissions s ON s.id = r.submission_uuid
     WHERE s.tax_return_id = ANY($1::uuid[])`,
    [lost.map(({ taxReturnId }) => taxReturnId)],
  );
}

it('what failed of the people of a list is marked once, and what did not arrive itself is left out', async () => {
  const [one, alone] = [await arrived(2), await arrived(0)];
  const [lost = one.kept] = one.lost;
  const list = [one.kept, alone.kept, one.kept, lost].map(({ submissionId }) => submissionId);
  const text = ['submission', ...list, 'nobody-1'].join('\n');
  const ask = { action: 'mark-duplicates' as const, ordered: { context: 'sent thrice' } };
  const id = await aList(stack, text, ask);
  expect(countsOf(await workedHere(stack, id))).toEqual({
    ready: 1,
    repeated: 1,
    'not-affected': 2,
    unknown: 1,
  });
  expect(await marked(one.lost)).toEqual([]);
  await move(stack, id, 'start-batch');
  await workedHere(stack, id);
  const mark = { actor: MADE_BY.actor, duplicate: true, context: 'sent thrice' };
  expect(await marked(one.lost)).toEqual([mark, mark]);
  expect((await resultsOf(stack, id)).map((line) => line.split(',').slice(2, 4).join())).toEqual([
    'applied,marked-2',
    'not-affected,nothing-failed',
    'repeated,',
    'not-affected,not-delivered',
    'unknown,',
  ]);
  const again = await workedHere(stack, await aList(stack, text, ask));
  expect([again.state, countsOf(again)]).toEqual([
    'finished',
    { repeated: 1, 'not-affected': 3, unknown: 1 },
  ]);
});

it('two lists that were looked at before either ran mark each of them once', async () => {
  const { kept, lost } = await arrived(1);
  const ask = { action: 'mark-duplicates' as const, ordered: { context: 'sent twice' } };
  const ids = [await aList(stack, kept.submissionId, ask), await aList(stack, kept.submissionId, ask)];
  for (const id of ids) expect(countsOf(await workedHere(stack, id))).toEqual({ ready: 1 });
  for (const id of ids) await move(stack, id, 'start-batch');
  const ended = await Promise.all(ids.map((id) => workedHere(stack, id)));
  expect(ended.map(({ applied }) => applied).sort()).toEqual([0, 1]);
  expect(await marked(lost)).toHaveLength(1);
});

it('at the terminal a dry run marks nothing, and the act does what it said', async () => {
  const { kept, lost } = await arrived(1);
  const file = join(runFolder(), 'lists-duplicates.txt');
  writeFileSync(file, kept.submissionId);
  const mark = ['remediate', 'mark-duplicates', file];
  const dry = await receipt([...mark, '--dry-run'], settings);
  expect([dry.code, dry.stdout]).toEqual([0, expect.stringMatching(/^1 +will be done$/m)]);
  expect(await marked(lost)).toEqual([]);
  expect((await receipt([...mark, '--context', 'c', '--as', 'Ada'], settings)).code).toBe(0);
  expect(await marked(lost)).toHaveLength(1);
  expect(await receipt([...mark, '--context', 'c'], settings)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Nothing else of these people failed.'),
  });
});
