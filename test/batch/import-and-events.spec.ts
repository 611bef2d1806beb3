import { beforeAll, describe, expect, it } from 'vitest';
import { countsOf, move, workedHere } from '../support/batches.js';
import { about, bring, everything, imported, line, OLD, seen } from '../support/imports.js';
import { aLostReturn } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('import-and-events', { worker: false });
});

/** It comes here by itself. */
async function happens(
  { taxReturnId, submissionId }: Pick<MadeReturn, 'taxReturnId' | 'submissionId'>,
  status: string,
  receiptId?: string,
): Promise<void> {
  const entry = { taxReturnId, submissionId, status, receiptId };
  expect((await stack.api('POST', '/v1/submission-status', entry)).status).toBe(202);
}

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

    const before = await everything(stack);
    const { became } = await imported(
      stack,
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
    expect(await everything(stack)).toEqual(before);
  });

  it('stands after history: a failure is still one, and what was taken back stays so', async () => {
    const [failed, taken] = [await aLostReturn(stack), line('in_remediation')];
    await happens(failed, 'error_mef');
    const before = await seen(stack, failed.submissionId);
    const first = await imported(stack, about(failed, 'delivered_to_primary', 'R-late'), taken.text);
    expect(first.became).toEqual(['applied receipt', 'applied remediation']);
    expect(await seen(stack, failed.submissionId)).toEqual({
      ...before,
      delivered: 'success',
      receiptId: 'R-late',
    });
    await stack.sql(
      `UPDATE remediations SET success = false WHERE submission_uuid = (SELECT id FROM submissions WHERE submission_id = $1)`,
      [taken.id],
    );
    const other = `${taken.id},${taken.taxReturnId},,,processed_in_batch_remediation,${OLD}`;
    expect((await imported(stack, other)).became).toEqual(['not-affected remediated-since']);
  });

  it('and a submissionId that history opened is not given to another submission: the backend is told what to do', async () => {
    const made = await aLostReturn(stack);
    await stack.sql('UPDATE submissions SET submission_id = NULL WHERE submission_id = $1', [
      made.submissionId,
    ]);
    await imported(stack, `L-other,${made.taxReturnId},,,in_remediation,${OLD}`);
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
    await imported(stack, history.text);
    await happens(itself, 'submitted', 'R-77');
    expect(await seen(stack, submissionId)).toMatchObject({ status: 'Accepted', delivered: 'success' });
    const asked = await stack.sql('SELECT template FROM notifications WHERE tax_return_id = $1', [
      taxReturnId,
    ]);
    expect(asked).toEqual([{ template: 'accepted' }]);
    const path = `/v1/tax-returns/${taxReturnId}/submissions/row-1`;
    expect((await stack.api('PUT', path, { submissionId })).status).toBe(200);
  });

  it('and what changed between the report and the run is asked again', async () => {
    const made = await aLostReturn(stack);
    const id = await bring(stack, about(made, 'rejected_by_backup', '', 'B-between'));
    expect(countsOf(await workedHere(stack, id))).toEqual({ ready: 1 });
    const path = `/v1/tax-returns/${made.taxReturnId}/submissions/s1`;
    await stack.api('PUT', path, { backup: { id: 'B-between', status: 'accepted' } });
    await move(stack, id, 'start-batch');
    expect(countsOf(await workedHere(stack, id))).toEqual({ accepted: 1 });
  });
});
