import { beforeAll, describe, expect, it } from 'vitest';
import {
  aBatch,
  aFailed,
  batchNow,
  countsOf,
  failAgain,
  move,
  OTHER,
  resultsOf,
  runBatch,
  seenBatch,
} from '../support/batches.js';
import { aName, aReturn } from '../support/make.js';
import { queueBackends } from '../support/servers.js';
import { Stack } from '../support/stack.js';

describe.each(queueBackends())('with the send queue on $name,', (backend) => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start(`batch-runs-${backend.name}`, {
      backend,
      settings: { BATCH_APPROVAL_ABOVE: '20' },
    });
    return () => stack.stop();
  });

  describe('a list of returns whose error is fixed', () => {
    it('is reported row by row before anything is sent, and then tells each of them once', async () => {
      const [one, two] = [await aFailed(stack), await aFailed(stack)];
      const never = await aReturn(stack);
      const nobody = await aFailed(stack, { email: null });
      const list = [
        'name;tax_return_id',
        `a;${one.taxReturnId}`,
        `b;{${two.taxReturnId.toUpperCase()}}`,
        '',
        `c;${one.taxReturnId}`,
        `d;${never.taxReturnId}`,
        `e;${aName().taxReturnId}`,
        'f;=cmd|calc',
        `g;${nobody.taxReturnId};;`,
      ].join('\r\n');

      const report = await aBatch(stack, `\ufeff${list}`);
      expect(report).toMatchObject({ state: 'validated', rows: 7 });
      expect(countsOf(report)).toEqual({
      ready: 2, repeated: 1, 'not-affected': 1, unknown: 1, malformed: 1, 'no-address': 1,
    }); // prettier-ignore
      expect(await stack.sql(`SELECT id FROM notifications WHERE template = 'error-resolved'`)).toEqual([]);

      const done = await runBatch(stack, report.id);
      expect(countsOf(done)).toEqual({
      applied: 3, repeated: 1, 'not-affected': 1, unknown: 1, malformed: 1, told: 2, failed: 1,
    }); // prettier-ignore
      const results = await resultsOf(stack, report.id);
      expect(results.map((line) => line.split(',').toSpliced(4, 1).join())).toEqual([
        `2,${one.taxReturnId},applied,,success`,
        `3,${two.taxReturnId},applied,,success`,
        `5,${one.taxReturnId},repeated,,`,
        `6,${never.taxReturnId},not-affected,no-open-failure,`,
        expect.stringMatching(/^7,.*,unknown,,$/),
        `8,'=cmd|calc,malformed,,`,
        `9,${nobody.taxReturnId},applied,no-address,failure`,
      ]);
    });

    it('that comes again does nothing, and says which run was the first', async () => {
      const { taxReturnId } = await aFailed(stack);
      const first = await aBatch(stack, `id\n${taxReturnId}\n`);
      const again = await aBatch(stack, `"id"\r\n"${taxReturnId}"\r\n`);
      expect(again).toMatchObject({ state: 'refused', reason: 'same-content', sameAs: first.id, rows: 0 });
      expect(await resultsOf(stack, again.id)).toEqual([]);
    });

    it('of which each is told already says so', async () => {
      const { taxReturnId } = await aFailed(stack);
      await runBatch(stack, (await aBatch(stack, taxReturnId)).id);
      const report = await aBatch(stack, `${taxReturnId}\n${taxReturnId}`);
      expect(report.state).toBe('finished');
      expect(countsOf(report)).toMatchObject({ 'already-told': 1, repeated: 1 });
    });

    it('that is large is approved by another person than the one who made it', async () => {
      const failed = await aFailed(stack);
      const strangers = Array.from({ length: 20 }, () => aName().taxReturnId);
      const report = await aBatch(stack, [failed.taxReturnId, ...strangers].join('\n'));
      expect(report.state).toBe('awaiting-approval');
      await expect(move(stack, report.id, 'start-batch')).rejects.toThrow(
        'awaiting approval cannot be started',
      );
      await expect(move(stack, report.id, 'approve-batch')).rejects.toThrow('Another person');
      await move(stack, report.id, 'approve-batch', OTHER);
      expect(await runBatch(stack, report.id)).toMatchObject({ approvedBy: 'Grace', applied: 1 });
    });
  });

  describe('a reminder', () => {
    it('goes to whoever has not submitted, is kept in the history, and reaches nobody twice in one campaign', async () => {
      const open = await aReturn(stack, { submissionKnown: false });
      const failed = await aFailed(stack);
      const list = `${open.taxReturnId}\n${failed.taxReturnId}`;
      const report = await aBatch(stack, list, { action: 'reminder-submit', incident: 'march' });
      const done = await runBatch(stack, report.id);
      expect(countsOf(done)).toMatchObject({ applied: 1, told: 1, 'not-affected': 1 });
      const again = await aBatch(stack, `${list}\n${aName().taxReturnId}`, {
        action: 'reminder-submit',
        incident: 'march',
      });
      expect(countsOf(again)).toMatchObject({ 'already-told': 1, unknown: 1 });
    });
  });

  describe('a batch that somebody pauses', () => {
    it('goes on where it was when another resumes it', async () => {
      const failed = [await aFailed(stack), await aFailed(stack), await aFailed(stack)];
      const report = await aBatch(stack, failed.map(({ taxReturnId }) => taxReturnId).join('\n'));
      await move(stack, report.id, 'start-batch');
      await move(stack, report.id, 'pause-batch', OTHER).catch(() => undefined);
      const { state } = await batchNow(stack, report.id);
      if (state === 'paused') await move(stack, report.id, 'resume-batch', OTHER);
      const done = await seenBatch(stack, report.id, (batch) => batch.state === 'finished', 'its end');
      expect(done.counts.applied).toBe(3);
      await failAgain(stack, failed[0] ?? aName());
    });
  });
});
