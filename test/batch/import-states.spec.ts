import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { aList, batchNow, countsOf, move, workedHere } from '../support/batches.js';
import {
  about,
  becameOf,
  bring,
  daysAgo,
  everything,
  imported,
  line,
  OLD,
  seen,
} from '../support/imports.js';
import { aLostReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('import-states', { worker: false });
});

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
      { backup: 'B-1', when: daysAgo(10) },
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
    const dry = await bring(stack, ...texts);
    const untouched = await everything(stack);
    expect(countsOf(await workedHere(stack, dry))).toEqual({ ready: 11 });
    expect(await becameOf(stack, dry)).toEqual(cases.map(([, , kept]) => `ready ${kept}`));
    expect(await everything(stack)).toEqual(untouched);

    await move(stack, dry, 'start-batch');
    expect(countsOf(await workedHere(stack, dry))).toEqual({ applied: 11 });
    for (const [place, [state, , , is]] of cases.entries())
      expect({ state, ...(await seen(stack, lines[place]?.id ?? '')) }).toEqual({ state, ...is });
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

    const kept = await everything(stack);
    const again = await imported(stack, ...texts.reverse());
    expect([again.state, again.counts]).toEqual(['finished', { 'already-done': 7, 'not-affected': 4 }]);
    expect(await everything(stack)).toEqual(kept);
  });
});

it('a line that cannot be kept says why, and holds up no other', async () => {
  const [known, other] = [await aLostReturn(stack), await aLostReturn(stack)];
  const right = line(':Delivered to primary', { receipt: 'R-9', when: `${OLD} 10:00:00 UTC` });
  const holder = line('delivered_to_backup', { backup: 'B-9' });
  const { became, counts } = await imported(
    stack,
    line('delivered').text,
    line('in_remediation', { when: '31.05.2024' }).text,
    line('in_remediation', { when: daysAgo(-30) }).text,
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
    stack,
    fresh.text,
    `${fresh.id},${fresh.taxReturnId},,B-7,delivered_to_backup,${daysAgo(50)}`,
    `${fresh.id},${fresh.taxReturnId},,B-7,finalized_as_successful,${daysAgo(40)}`,
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
  expect(await seen(stack, fresh.id)).toMatchObject({
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
