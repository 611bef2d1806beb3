import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { aList, batchNow, countsOf, move, OTHER, workedHere } from '../support/batches.js';
import { bring, everything, line, TITLES } from '../support/imports.js';
import { runFolder } from '../support/run-folder.js';
import { Stack } from '../support/stack.js';
import { receipt } from '../support/terminal.js';

let stack: Stack;
let settings: Record<string, string>;
beforeAll(async () => {
  stack = await Stack.start('import-doors', { worker: false, settings: { BATCH_APPROVAL_ABOVE: '55' } });
  const { DATABASE_URL = '', ENCRYPTION_KEYS = '' } = stack.environment;
  settings = { DATABASE_URL, ENCRYPTION_KEYS, BATCH_APPROVAL_ABOVE: '55' };
});

it('a worker that is killed in the middle is followed by another; what is left is a list that can be run', async () => {
  const lines = Array.from({ length: 60 }, () => line('in_remediation'));
  const id = await bring(stack, ...lines.map(({ text }) => text));
  await workedHere(stack, id);
  await move(stack, id, 'approve-batch', OTHER);
  await move(stack, id, 'start-batch');
  await stack.startWorker({ crashAfter: 'recorded' }).ended;
  const { applied } = await batchNow(stack, id);
  expect([applied > 0, applied < 60]).toEqual([true, true]);
  const left = await receipt(['batch', 'remaining', id], settings);
  const rest = await aList(stack, left.stdout, { action: 'import', ordered: { context: 'c' } });
  expect(countsOf(await workedHere(stack, rest))).toEqual({ ready: 60 - applied });
  await stack.sql(`UPDATE batches SET lease_until = now() - interval '1 second' WHERE id = $1`, [id]);
  expect((await workedHere(stack, id)).state).toBe('finished');
  const [kept] = await stack.sql(
    `SELECT count(*)::int AS remediations, count(DISTINCT submission_uuid)::int AS submissions FROM remediations r
     JOIN submissions s ON s.id = r.submission_uuid WHERE s.submission_id = ANY($1)`,
    [lines.map((one) => one.id)],
  );
  expect(kept).toEqual({ remediations: 60, submissions: 60 });
});

it('the terminal says what would change, what changed, and which lines are to be mended', async () => {
  const file = join(runFolder(), 'lists-import.csv');
  const lines = [line('in_remediation'), line('delivered_to_primary', { receipt: 'R-t' }), line('nonsense')];
  writeFileSync(file, [TITLES, ...lines.map(({ text }) => text)].join('\n'));
  const call = ['import', file, '--as', 'Ada', '--context', 'export of May'];
  const before = await everything(stack);
  const dry = await receipt([...call, '--dry-run'], settings);
  expect([dry.code, dry.stdout]).toEqual([
    1,
    expect.stringMatching(/^1 +would be kept: has a remediation$/m),
  ]);
  expect(dry.stderr).toContain('Nothing was changed: this was a dry run.');
  expect(await everything(stack)).toEqual(before);
  const done = await receipt(call, settings);
  expect(done.stdout).toMatch(/^1 +has its receipt: the authority has it$/m);
  expect(done.stdout).toMatch(/^1 +left out: the state is none of the eleven$/m);
  expect([done.code, done.stderr]).toEqual([1, expect.stringContaining('1 line is to be mended')]);
  const again = await receipt([...call, '--json'], settings);
  expect(JSON.parse(again.stdout)).toMatchObject({
    rows: [
      { outcome: 'already-done', rows: 2 },
      { outcome: 'not-affected', reason: 'unknown-state', rows: 1 },
    ],
  });
  expect((await receipt(['import', file], settings)).code).toBe(2);
});

it('a list that waits for an approval is not reported as done', async () => {
  const file = join(runFolder(), 'lists-import-large.csv');
  const lines = Array.from({ length: 56 }, () => line('in_remediation').text);
  writeFileSync(file, [TITLES, ...lines].join('\n'));
  const asked = await receipt(['import', file, '--as', 'Ada', '--context', 'export of May'], settings);
  expect([asked.code, asked.stderr]).toEqual([1, expect.stringContaining('another person has to approve')]);
  expect(asked.stdout + asked.stderr).toContain('what would change');
  expect(asked.stdout).toMatch(/^56 +would be kept: have remediations$/m);
});

it('a dry run that is still looked at is no run: the list itself is taken', async () => {
  const headers = { 'content-type': 'text/csv' };
  const list = [TITLES, line('in_remediation').text].join('\n');
  const taken: string[] = [];
  for (const query of ['context=c&dryRun=true', 'context=c']) {
    const { body } = await stack.api<{ id: string }>('POST', `/v1/imports?${query}`, list, headers);
    taken.push(body.id);
  }
  const [dry = '', real = ''] = taken;
  expect((await batchNow(stack, real)).state).toBe('validating');
  await workedHere(stack, dry);
  expect((await workedHere(stack, real)).state).toBe('validated');
  await move(stack, real, 'abort-batch', OTHER);
});

it('over HTTP a list comes with its context in the query, and is a batch like the others', async () => {
  const headers = { 'content-type': 'text/csv' };
  const list = [TITLES, line('in_remediation').text].join('\n');
  const sent = (query: string, body = list, more: Record<string, string> = headers) =>
    stack.api<{ id: string; errors: unknown[] }>('POST', `/v1/imports?${query}`, body, more);
  const before = await everything(stack);
  const dry = await sent('context=export%20of%20May&dryRun=true&name=may.csv');
  expect(dry).toMatchObject({ status: 202 });
  expect((await workedHere(stack, dry.body.id)).state).toBe('aborted');
  expect(await everything(stack)).toEqual(before);
  const { body } = await sent('context=export%20of%20May');
  await workedHere(stack, body.id);
  await move(stack, body.id, 'start-batch');
  expect(countsOf(await workedHere(stack, body.id))).toEqual({ applied: 1 });
  expect((await sent('evidence=x')).status).toBe(422);
  expect((await sent('context=c', '{}', {})).status).toBe(422);
});
