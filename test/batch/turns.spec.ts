import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { BatchEngine, BatchService } from '#libs/notifications/index.js';
import type { ListRow, SeenBatch } from '#libs/notifications/index.js';
import { BatchIntake } from '../../libs/notifications/src/batch/batch.intake.js';
import { BatchTurns, TurnLost } from '../../libs/notifications/src/batch/batch.turns.js';
import { aGate, countedTwice, failedAgain, idsOf, manyFailed, piecesOf } from '../support/batch.lists.js';
import { batchNow, countsOf, MADE_BY, move, OTHER, resultsOf, settleMails } from '../support/batches.js';
import { eventually } from '../support/eventually.js';
import type { MadeReturn } from '../support/make.js';
import { breaking, mended } from '../support/refusing.js';
import { Stack } from '../support/stack.js';

/** Mails of one batch that may be on their way: none of them is sent here. */
const WINDOW = 5;

let stack: Stack;
let engine: BatchEngine;
beforeAll(async () => {
  stack = await Stack.start('batch-turns', {
    worker: false,
    settings: { BATCH_ON_THE_WAY: String(WINDOW), BATCH_APPROVAL_ABOVE: '100000' },
  });
  engine = stack.app.get(BatchEngine);
});

/** Works as a worker does when it looks, until nothing is left to do just now. */
async function look(signal = new AbortController().signal): Promise<void> {
  await engine.work(signal);
}

function rowsOf(subjects: string[], from = 0): ListRow[] {
  return subjects.map((subject, index) => ({ row: from + index + 1, subject, isMalformed: false }));
}

/** A list that is written down; nobody has looked at it. */
function taken(list: AsyncIterable<ListRow>, incident: string = randomUUID()): Promise<string> {
  return stack.app.get(BatchService).take({ action: 'error-resolved', incident }, 'upload', list, MADE_BY);
}

async function checked(made: MadeReturn[]): Promise<string> {
  const id = await taken(piecesOf(rowsOf(idsOf(made))));
  await look();
  return id;
}

async function started(made: MadeReturn[]): Promise<string> {
  const id = await checked(made);
  await move(stack, id, 'start-batch');
  return id;
}

/** Looks and settles by turns until it is finished. */
async function finish(id: string): Promise<SeenBatch> {
  return eventually(
    async () => {
      await look();
      await settleMails(stack, id);
      const batch = await batchNow(stack, id);
      return batch.state === 'finished' ? batch : undefined;
    },
    { because: 'a batch that is finished' },
  );
}

async function onlyBatch(where: string): Promise<string> {
  const [row] = await eventually(
    async () => {
      const rows = await stack.sql<{ id: string }>(`SELECT id FROM batches WHERE ${where}`);
      return rows.length > 0 ? rows : undefined;
    },
    { because: `a batch that is ${where}` },
  );
  return row?.id ?? '';
}

describe('a list that comes slowly', () => {
  it('is taken from nobody, however wrong the clock of the machine that reads it', async () => {
    const [one] = await manyFailed(stack, 1);
    const gate = aGate();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 });
    const taking = taken(piecesOf<ListRow>(gate.opened, rowsOf(idsOf(one ? [one] : []))), 'slow');
    try {
      const id = await onlyBatch(`incident = 'slow' AND lease_token IS NOT NULL`);
      await look();
      expect(await batchNow(stack, id)).toMatchObject({ state: 'validating', reason: null });
    } finally {
      vi.useRealTimers();
      gate.open();
    }
    const id = await taking;
    await look();
    expect(await batchNow(stack, id)).toMatchObject({ state: 'validated', rows: 1 });
  });

  it('ends when somebody ends it meanwhile, and says so', async () => {
    const gate = aGate();
    const rows = rowsOf(Array.from({ length: 2_000 }, () => randomUUID()));
    const taking = taken(piecesOf<ListRow>(rows, gate.opened, rowsOf([randomUUID()], 2_000)), 'ended');
    const id = await onlyBatch(`incident = 'ended'`);
    await move(stack, id, 'abort-batch', OTHER);
    gate.open();
    expect(await taking).toBe(id);
    // Its last rows are not written down any more.
    expect(await batchNow(stack, id)).toMatchObject({
      state: 'aborted',
      rows: 0,
      counts: { ready: 0, applied: 0 },
    });
    expect((await countedTwice(stack, id)).sum).toBeLessThan(2_001);
  });

  it('whose reader slept through its turn takes no row away from who took it over', async () => {
    const turns = stack.app.get(BatchTurns);
    const intake = stack.app.get(BatchIntake);
    const filter = { kind: 'known', filter: { incident: 'nobody' } } as const;
    const id = await stack.app.get(BatchService).find({ action: 'error-resolved' }, filter, MADE_BY);
    const sleeper = await turns.take();
    await stack.sql(`UPDATE batches SET lease_until = now() - interval '1 second' WHERE id = $1`, [id]);
    const other = await turns.take();
    if (sleeper?.id !== id || other?.id !== id) throw new Error('another batch was taken');
    const [one, two] = [rowsOf(Array.from({ length: 2_000 }, () => randomUUID())), rowsOf(['x'], 2_000)];
    const loading = intake.load(
      other,
      piecesOf<ListRow>(
        one,
        (async () => {
          await eventually(async () => (await countedTwice(stack, id)).sum === 2_000, { because: 'rows' });
          await expect(intake.load(sleeper, piecesOf(one))).rejects.toThrow(TurnLost);
        })(),
        two,
      ),
    );
    await loading;
    await turns.giveBack(other);
    expect(await countedTwice(stack, id)).toMatchObject({ all: 2_001, sum: 2_001 });
    await move(stack, id, 'abort-batch');
  });

  it('that comes twice at the same moment is run once', async () => {
    const made = await manyFailed(stack, 2);
    const both = await Promise.all(
      [1, 2].map(() => taken(piecesOf(rowsOf(idsOf(made))), 'the same at once')),
    );
    await look();
    const seen = await Promise.all(both.map((id) => batchNow(stack, id)));
    expect(seen.map(({ state }) => state).sort()).toEqual(['refused', 'validated']);
    const first = seen.find(({ state }) => state === 'validated')?.id;
    expect(seen.find(({ state }) => state === 'refused')).toMatchObject({
      reason: 'same-content',
      sameAs: first,
    });
  });

  it('and is refused at its very end leaves no row behind, however many came', async () => {
    const rows = Array.from({ length: 25_000 }, (_, index) => ({
      row: index + 1,
      subject: 'none',
      isMalformed: true,
    }));
    const id = await taken(piecesOf(rows));
    expect(await batchNow(stack, id)).toMatchObject({ state: 'refused', reason: 'no-usable-row' });
    expect(await countedTwice(stack, id)).toMatchObject({ sum: 0 });
  });

  it('is begun anew by another process when the one that reads it has to end', async () => {
    const made = await manyFailed(stack, 3);
    await stack.sql(
      `UPDATE submission_events SET incident = 'read twice'
       WHERE type = 'error_mef' AND submission_uuid IN (SELECT id FROM submissions WHERE tax_return_id = ANY($1::uuid[]))`,
      [idsOf(made)],
    );
    const filter = { kind: 'known', filter: { incident: 'read twice' } } as const;
    const id = await stack.app.get(BatchService).find({ action: 'error-resolved' }, filter, MADE_BY);
    let looks = 0;
    const ends = {
      get aborted() {
        return (looks += 1) > 2;
      },
    } as AbortSignal;
    await look(ends);
    expect(await batchNow(stack, id)).toMatchObject({ state: 'validating', rows: 0 });
    await look();
    expect(await batchNow(stack, id)).toMatchObject({ state: 'validated', rows: 3, counts: { ready: 3 } });
  });
});

describe('a batch whose mails are on their way', () => {
  it('waits for them without a hand, and stays where it is while somebody pauses it', async () => {
    const id = await started(await manyFailed(stack, 12));
    await look();
    expect(countsOf(await batchNow(stack, id))).toMatchObject({ applied: WINDOW, ready: 12 - WINDOW });
    await look();
    expect(countsOf(await batchNow(stack, id))).toMatchObject({ applied: WINDOW, waiting: WINDOW });

    await move(stack, id, 'pause-batch', OTHER);
    await settleMails(stack, id);
    await look();
    expect(countsOf(await batchNow(stack, id))).toMatchObject({ applied: WINDOW });
    await move(stack, id, 'resume-batch', OTHER);
    await look();
    expect(countsOf(await batchNow(stack, id))).toMatchObject({ applied: 2 * WINDOW });
    await finish(id);
    expect(await countedTwice(stack, id)).toMatchObject({ kept: { applied: 12 }, counted: { applied: 12 } });
  });

  it('goes on while the relay puts them off until later, but not without end', async () => {
    const id = await started(await manyFailed(stack, 11 * WINDOW));
    const putOff = async () => {
      await look();
      await stack.sql(
        `UPDATE notifications SET due_at = now() + interval '1 hour' WHERE batch_id = $1 AND settled_at IS NULL`,
        [id],
      );
    };
    for (let round = 0; round < 12; round += 1) await putOff();
    expect((await batchNow(stack, id)).counts).toMatchObject({ applied: 10 * WINDOW, ready: WINDOW });
    await move(stack, id, 'abort-batch');
    const left = (await resultsOf(stack, id)).filter((line) => line.includes(',ready,'));
    expect(left).toHaveLength(WINDOW);
  });

  it('keeps no other from going on', async () => {
    const full = await started(await manyFailed(stack, 2 * WINDOW));
    await look();
    const small = await started(await manyFailed(stack, 3));
    await look();
    expect(await batchNow(stack, small)).toMatchObject({ applied: 3 });
    expect(await batchNow(stack, full)).toMatchObject({ state: 'running', applied: WINDOW });
    await finish(small);
    await finish(full);
  });
});

describe('a batch with a rate', () => {
  it('has the others go on between its rows', async () => {
    const made = await manyFailed(stack, 4);
    const slow = await checked(made);
    await stack.app.get(BatchService).pace(slow, 4, MADE_BY);
    const quick = await checked(await manyFailed(stack, 3));
    await move(stack, slow, 'start-batch');
    await move(stack, quick, 'start-batch');
    expect([(await finish(slow)).applied, (await finish(quick)).applied]).toEqual([4, 3]);
    const asked = await stack.sql<{ batch: string }>(
      `SELECT batch_id AS batch FROM notifications WHERE batch_id = ANY($1::uuid[])
       GROUP BY batch_id ORDER BY max(requested_at)`,
      [[slow, quick]],
    );
    expect(asked.map(({ batch }) => batch)).toEqual([quick, slow]);
  });
});

describe('a batch on which the work fails for no fault of its list', () => {
  it('says so, is tried ever less often, keeps no other, and goes on when somebody resumes it', async () => {
    const made = await manyFailed(stack, 2);
    const broken = await started(made);
    await breaking(stack, 'batches', `NEW.id = '${broken}' AND NEW.applied_to > 0`, 'P0001');
    const other = await started(await manyFailed(stack, 1));
    await look();
    expect(await batchNow(stack, other)).toMatchObject({ applied: 1 });
    expect(await batchNow(stack, broken)).toMatchObject({
      state: 'running',
      reason: 'keeps-failing',
      detail: expect.stringContaining('tried again by itself') as string,
      applied: 0,
    });
    for (let round = 0; round < 3; round += 1) {
      const { failures, least, most } = await failsAgain(broken);
      const pause = 2 ** (failures - 1);
      expect([failures, least >= pause, most <= pause]).toEqual([failures, true, true]);
    }
    await finish(other);

    await mended(stack, 'batches');
    await move(stack, broken, 'pause-batch');
    await move(stack, broken, 'resume-batch');
    expect(await finish(broken)).toMatchObject({
      state: 'finished',
      reason: null,
      detail: null,
      applied: 2,
    });
    expect(
      await stack.sql('SELECT count(*)::int AS mails FROM notifications WHERE batch_id = $1', [broken]),
    ).toEqual([{ mails: 2 }]);
  });

  it.each(['error-resolved', 'reminder-resubmit'] as const)(
    'does without the one row that the database refuses: %s',
    async (action) => {
      const made = await manyFailed(stack, 4);
      const [, bad = ''] = idsOf(made);
      const list = piecesOf(rowsOf(idsOf(made)));
      const id = await stack.app
        .get(BatchService)
        .take({ action, incident: randomUUID() }, 'upload', list, MADE_BY);
      await look();
      await move(stack, id, 'start-batch');
      await breaking(stack, 'notifications', `NEW.tax_return_id = '${bad}'`, '23514');
      await finish(id);
      await mended(stack, 'notifications');
      expect(await countedTwice(stack, id)).toMatchObject({
        kept: { applied: 3, 'not-affected': 1 },
        counted: { applied: 3, 'not-affected': 1 },
      });
      expect((await resultsOf(stack, id))[1]).toContain(`2,${bad},not-affected,not-stored`);
      await failedAgain(stack, made, id);
    },
  );
});

/** Tries it once more. @returns how often it failed so far, and the seconds from then to its next try: by when the look began, and ended. */
async function failsAgain(id: string): Promise<{ failures: number; least: number; most: number }> {
  const [began] = await stack.sql<{ at: string }>(
    'UPDATE batches SET lease_until = now() WHERE id = $1 RETURNING lease_until::text AS at',
    [id],
  );
  await look();
  const [row] = await stack.sql<{ failures: number; least: number; most: number }>(
    `SELECT failures, extract(epoch FROM lease_until - $2::timestamptz)::float8 AS least,
            extract(epoch FROM lease_until - clock_timestamp())::float8 AS most
     FROM batches WHERE id = $1`,
    [id, began?.at],
  );
  return {
    failures: row?.failures ?? 0,
    least: row?.least ?? 0,
    most: row?.most ?? 0,
  };
}
