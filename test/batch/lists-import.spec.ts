import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { aLostReturn } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { aList, batchNow, countsOf, move, OTHER, resultsOf, workedHere } from '../support/batches.js';
import { runFolder } from '../support/run-folder.js';
import { Stack } from '../support/stack.js';
import { receipt } from '../support/terminal.js';

let stack: Stack;
let settings: Record<string, string>;
beforeAll(async () => {
  stack = await Stack.start('lists-import', { worker: false, settings: { BATCH_APPROVAL_ABOVE: '55' } });
  const { DATABASE_URL = '', ENCRYPTION_KEYS = '' } = stack.environment;
  settings = { DATABASE_URL, ENCRYPTION_KEYS, BATCH_APPROVAL_ABOVE: '55' };
});

const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
const OLD = day(60);
const TITLES = 'submission_id,tax_return_id,receipt_id,backup_submitted_claim_id,aasm_state,created_at';

let number = 0;
/** A line about a submission that nobody knows yet. */
function line(state: string, given: { receipt?: string; backup?: string; when?: string } = {}) {
  const id = `L-${String((number += 1)).padStart(6, '0')}`;
  const { receipt: itsReceipt = '', backup = '', when = OLD } = given;
  const taxReturnId = randomUUID();
  return { id, taxReturnId, text: [id, taxReturnId, itsReceipt, backup, state, when].join(',') };
}

function about({ submissionId }: MadeReturn, state: string, receiptId = '', backup = '', when = OLD): string {
  return [submissionId, '', receiptId, backup, state, when].join(',');
}

async function bring(...lines: string[]): Promise<string> {
  const ordered = { context: 'export of May', evidence: 'OPS-1' };
  return aList(stack, [TITLES, ...lines].join('\n'), { action: 'import', ordered });
}

/** Brings a list to its end. @returns its counts, and for each line its outcome and reason. */
async function imported(...lines: string[]) {
  const id = await bring(...lines);
  if ((await workedHere(stack, id)).state === 'validated') await move(stack, id, 'start-batch');
  const batch = await workedHere(stack, id);
  return { id, state: batch.state, counts: countsOf(batch), became: await becameOf(id) };
}

async function becameOf(id: string): Promise<string[]> {
  return (await resultsOf(stack, id)).map((row) => row.split(',').slice(2, 4).filter(Boolean).join(' '));
}

/** It comes here by itself. */
async function happens(
  { taxReturnId, submissionId }: Pick<MadeReturn, 'taxReturnId' | 'submissionId'>,
  status: string,
  receiptId?: string,
): Promise<void> {
  const entry = { taxReturnId, submissionId, status, receiptId };
  expect((await stack.api('POST', '/v1/submission-status', entry)).status).toBe(202);
}

async function seen(id: string) {
  const submission = await stack.api<Record<string, unknown>>('GET', `/v1/submissions/${id}`);
  const { taxReturnId, delivered, receiptId, backup } = submission.body;
  const status = await stack.api<{ status: string }>('GET', `/v1/tax-returns/${String(taxReturnId)}/status`);
  const may = await stack.api<{ editable: boolean; exportable: boolean }>(
    'GET',
    `/v1/tax-returns/${String(taxReturnId)}/eligibility`,
  );
  const { editable, exportable } = may.body;
  return { delivered, receiptId, backup, status: status.body.status, editable, exportable };
}

/** Everything that an import could write. */
async function everything(): Promise<unknown> {
  return stack.sql(
    `SELECT (SELECT json_agg(t ORDER BY t.id) FROM tax_returns t)::text AS returns,
            (SELECT json_agg(s ORDER BY s.id) FROM submissions s)::text AS submissions,
            (SELECT json_agg(e ORDER BY e.sequence) FROM submission_events e)::text AS events,
            (SELECT json_agg(r ORDER BY r.id) FROM remediations r)::text AS remediations,
            (SELECT count(*)::int FROM notifications) AS mails`,
  );
}

async function mails(): Promise<number> {
  const [row] = await stack.sql<{ mails: number }>('SELECT count(*)::int AS mails FROM notifications');
  return row?.mails ?? -1;
}

describe('each of the eleven states of the old system becomes its fact', () => {
  const pending = { status: 'Pending', editable: false, exportable: false };
  const nothing = { ...pending, delivered: 'failure', receiptId: null, backup: null };
  const cases: [state: string, given: Parameters<typeof line>[1], kept: string, is: object][] = [
    [
      'delivered_to_primary',
      { receipt: 'R-1' },
      'receipt',
      { ...nothing, delivered: 'success', receiptId: 'R-1', exportable: true },
    ],
    ['failed_primary_delivery', {}, 'registered', nothing],
    ['rejected_by_primary', {}, 'registered', nothing],
    [
      'delivered_to_backup',
      { backup: 'B-1', when: day(10) },
      'backup',
      { ...nothing, delivered: 'in-process', backup: { id: 'B-1', status: null } },
    ],
    ['failed_backup_delivery', {}, 'registered', nothing],
    [
      'rejected_by_backup',
      { backup: 'B-2' },
      'backup-rejected',
      { ...nothing, backup: { id: 'B-2', status: 'rejected' } },
    ],
    ['in_remediation', {}, 'remediation', { ...nothing, delivered: 'success' }],
    [
      'finalized_as_successful',
      { backup: 'B-3' },
      'backup-accepted',
      { ...nothing, delivered: 'success', backup: { id: 'B-3', status: 'accepted' } },
    ],
    ['unprocessable', {}, 'registered', nothing],
    ['processed_in_batch_remediation', {}, 'remediation', { ...nothing, delivered: 'success' }],
    ['ignorable_duplicate', {}, 'duplicate', { ...nothing, delivered: 'success' }],
  ];

  it('from which standing, status and editability follow, nobody is mailed, and the list once more changes nothing', async () => {
    const before = await mails();
    const lines = cases.map(([state, given]) => line(state, given));
    const texts = lines.map(({ text }) => text);
    const dry = await bring(...texts);
    const untouched = await everything();
    expect(countsOf(await workedHere(stack, dry))).toEqual({ ready: 11 });
    expect(await becameOf(dry)).toEqual(cases.map(([, , kept]) => `ready ${kept}`));
    expect(await everything()).toEqual(untouched);

    await move(stack, dry, 'start-batch');
    expect(countsOf(await workedHere(stack, dry))).toEqual({ applied: 11 });
    for (const [place, [state, , , is]] of cases.entries())
      expect({ state, ...(await seen(lines[place]?.id ?? '')) }).toEqual({ state, ...is });
    const [duplicate] = await stack.sql(
      `SELECT r.ignored_as_duplicate, r.actor, r.evidence, n.context FROM remediations r JOIN remediation_notes n ON n.remediation_id = r.id
       JOIN submissions s ON s.id = r.submission_uuid WHERE s.submission_id = $1`,
      [lines[10]?.id],
    );
    expect(duplicate).toEqual({
      ignored_as_duplicate: true,
      actor: 'Ada',
      evidence: 'OPS-1',
      context: `export of May (ignorable_duplicate, ${OLD})`,
    });
    expect(await mails()).toBe(before);

    const kept = await everything();
    const again = await imported(...texts.reverse());
    expect([again.state, again.counts]).toEqual(['finished', { 'already-done': 7, 'not-affected': 4 }]);
    expect(await everything()).toEqual(kept);
  });
});

it('a line that cannot be kept says why, and holds up no other', async () => {
  const [known, other] = [await aLostReturn(stack), await aLostReturn(stack)];
  const right = line(':Delivered to primary', { receipt: 'R-9', when: `${OLD} 10:00:00 UTC` });
  const holder = line('delivered_to_backup', { backup: 'B-9' });
  const { became, counts } = await imported(
    line('delivered').text,
    line('in_remediation', { when: '31.05.2024' }).text,
    line('in_remediation', { when: day(-30) }).text,
    line('delivered_to_primary').text,
    line('delivered_to_backup').text,
    line('finalized_as_successful').text,
    `nobody,,,,in_remediation,${OLD}`,
    [known.submissionId, other.taxReturnId, '', '', 'in_remediation', OLD].join(','),
    about(known, 'unprocessable'),
    `ana@example.com,,,,in_remediation,${OLD}`,
    `,${randomUUID()},,,in_remediation,${OLD}`,
    `L-1,no-uuid,,,in_remediation,${OLD}`,
    `${right.id},${right.taxReturnId},R-9,NULL,:Delivered to primary,${OLD} 10:00:00 UTC`,
    right.text,
    holder.text,
    about(known, 'delivered_to_backup', '', 'B-9'),
  );
  expect(became).toEqual([
    'not-affected unknown-state',
    'not-affected bad-date',
    'not-affected bad-date',
    'not-affected no-receipt-id',
    'not-affected no-backup-id',
    'not-affected no-evidence',
    'unknown no-tax-return-id',
    'not-affected other-return',
    'not-affected no-fact',
    'malformed',
    'malformed',
    'malformed',
    'applied receipt',
    'repeated',
    'applied backup',
    'not-affected backup-id-taken',
  ]);
  expect(counts).toMatchObject({ applied: 2 });
});

it('a list with a history in it is kept line by line, by whatever id each line calls the submission', async () => {
  const [made, fresh] = [await aLostReturn(stack), line('failed_primary_delivery')];
  const own = (await stack.api<{ id: string }>('GET', `/v1/submissions/${made.submissionId}`)).body.id;
  const { became } = await imported(
    fresh.text,
    `${fresh.id},${fresh.taxReturnId},,B-7,delivered_to_backup,${day(50)}`,
    `${fresh.id},${fresh.taxReturnId},,B-7,finalized_as_successful,${day(40)}`,
    about(made, 'delivered_to_primary', 'R-7'),
    [own, '', 'R-7', '', 'delivered_to_primary', OLD].join(','),
    [own, '', '', '', 'processed_in_batch_remediation', OLD].join(','),
    about(made, 'ignorable_duplicate'),
  );
  expect(became).toEqual([
    'applied registered',
    'applied backup',
    'applied backup-accepted',
    'applied receipt',
    'already-done',
    'applied remediation',
    'applied duplicate',
  ]);
  expect(await seen(fresh.id)).toMatchObject({
    delivered: 'success',
    backup: { id: 'B-7', status: 'accepted' },
  });
});

it('a list without titles, or without those that count, is refused with what to do', async () => {
  const id = await aList(stack, `S-1,delivered_to_primary,${OLD}\n`, { action: 'import' });
  expect(await batchNow(stack, id)).toMatchObject({
    state: 'refused',
    detail: expect.stringContaining('No column is named submissionId, nor state, nor when.') as string,
  });
});

describe('what came here by itself', () => {
  it('is not changed by history: accepted stays accepted, and what people did last counts', async () => {
    const [onBackup, accepted, mended, told] = [
      await aLostReturn(stack),
      await aLostReturn(stack),
      await aLostReturn(stack),
      await aLostReturn(stack),
    ];
    const path = `/v1/tax-returns/${onBackup.taxReturnId}/submissions/s1`;
    await stack.api('PUT', path, { backup: { id: 'B-live', status: 'accepted' } });
    await happens(accepted, 'accepted');
    await happens(told, 'submitted', 'R-live');
    const remediations = `/v1/submissions/${mended.submissionId}/remediations`;
    await stack.api('POST', remediations, { context: 'tried, in vain', success: false });

    const before = await everything();
    const { became } = await imported(
      about(onBackup, 'rejected_by_backup', '', 'B-live'),
      about(accepted, 'rejected_by_backup', '', 'B-accepted'),
      about(mended, 'in_remediation'),
      about(told, 'delivered_to_primary', 'R-live'),
      about(told, 'delivered_to_primary', 'R-other'),
    );
    expect(became).toEqual([
      'accepted',
      'accepted',
      'not-affected remediated-since',
      'already-done',
      'not-affected other-receipt',
    ]);
    expect(await everything()).toEqual(before);
  });

  it('stands after history: a failure is still one, and what was taken back stays so', async () => {
    const [failed, taken] = [await aLostReturn(stack), line('in_remediation')];
    await happens(failed, 'error_mef');
    const before = await seen(failed.submissionId);
    const first = await imported(about(failed, 'delivered_to_primary', 'R-late'), taken.text);
    expect(first.became).toEqual(['applied receipt', 'applied remediation']);
    expect(await seen(failed.submissionId)).toEqual({
      ...before,
      delivered: 'success',
      receiptId: 'R-late',
    });
    await stack.sql(
      `UPDATE remediations SET success = false WHERE submission_uuid = (SELECT id FROM submissions WHERE submission_id = $1)`,
      [taken.id],
    );
    const other = `${taken.id},${taken.taxReturnId},,,processed_in_batch_remediation,${OLD}`;
    expect((await imported(other)).became).toEqual(['not-affected remediated-since']);
  });

  it('and a submissionId that history opened is not given to another submission: the backend is told what to do', async () => {
    const made = await aLostReturn(stack);
    await stack.sql('UPDATE submissions SET submission_id = NULL WHERE submission_id = $1', [
      made.submissionId,
    ]);
    await imported(`L-other,${made.taxReturnId},,,in_remediation,${OLD}`);
    const put = (key: string) =>
      stack.api<{ detail: string }>('PUT', `/v1/tax-returns/${made.taxReturnId}/submissions/${key}`, {
        submissionId: 'L-other',
      });
    expect(await put('s1')).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('under a key of its own') as string },
    });
    expect((await put('s2')).status).toBe(200);
  });

  it('goes on behind history: the confirmation is a repetition, the decision is told, and the backend gives its key', async () => {
    const history = line('delivered_to_primary', { receipt: 'R-77' });
    const { id: submissionId, taxReturnId } = history;
    const itself = { submissionId, taxReturnId };
    // It waits until somebody knows the submission.
    await happens(itself, 'accepted');
    await imported(history.text);
    await happens(itself, 'submitted', 'R-77');
    expect(await seen(submissionId)).toMatchObject({ status: 'Accepted', delivered: 'success' });
    const asked = await stack.sql('SELECT template FROM notifications WHERE tax_return_id = $1', [
      taxReturnId,
    ]);
    expect(asked).toEqual([{ template: 'accepted' }]);
    const path = `/v1/tax-returns/${taxReturnId}/submissions/row-1`;
    expect((await stack.api('PUT', path, { submissionId })).status).toBe(200);
  });

  it('and what changed between the report and the run is asked again', async () => {
    const made = await aLostReturn(stack);
    const id = await bring(about(made, 'rejected_by_backup', '', 'B-between'));
    expect(countsOf(await workedHere(stack, id))).toEqual({ ready: 1 });
    const path = `/v1/tax-returns/${made.taxReturnId}/submissions/s1`;
    await stack.api('PUT', path, { backup: { id: 'B-between', status: 'accepted' } });
    await move(stack, id, 'start-batch');
    expect(countsOf(await workedHere(stack, id))).toEqual({ accepted: 1 });
  });
});

it('a worker that is killed in the middle is followed by another; what is left is a list that can be run', async () => {
  const lines = Array.from({ length: 60 }, () => line('in_remediation'));
  const id = await bring(...lines.map(({ text }) => text));
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
  const before = await everything();
  const dry = await receipt([...call, '--dry-run'], settings);
  expect([dry.code, dry.stdout]).toEqual([
    1,
    expect.stringMatching(/^1 +would be kept: has a remediation$/m),
  ]);
  expect(dry.stderr).toContain('Nothing was changed: this was a dry run.');
  expect(await everything()).toEqual(before);
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
  const bring = (query: string, body = list, more: Record<string, string> = headers) =>
    stack.api<{ id: string; errors: unknown[] }>('POST', `/v1/imports?${query}`, body, more);
  const before = await everything();
  const dry = await bring('context=export%20of%20May&dryRun=true&name=may.csv');
  expect(dry).toMatchObject({ status: 202 });
  expect((await workedHere(stack, dry.body.id)).state).toBe('aborted');
  expect(await everything()).toEqual(before);
  const { body } = await bring('context=export%20of%20May');
  await workedHere(stack, body.id);
  await move(stack, body.id, 'start-batch');
  expect(countsOf(await workedHere(stack, body.id))).toEqual({ applied: 1 });
  expect((await bring('evidence=x')).status).toBe(422);
  expect((await bring('context=c', '{}', {})).status).toBe(422);
});
