import { Injectable, Logger } from '@nestjs/common';
import { announce, Behind, PrismaService, since, stepBegins, takingApart } from '#libs/platform/index.js';
import type { InTransaction, Session } from '#libs/platform/index.js';
import { HTTP_DOOR } from '../quarantine/entry.source.js';
import { ConfirmationService } from '../record/confirmation.service.js';
import { TurnedUpMeanwhile } from '../returns/return.store.js';
import { SendQueue } from '../send/send.queue.js';
import type { QueuedRow } from '../send/send.queue.js';
import { UrgentFirst } from '../send/urgent.first.js';
import { workOf } from './batch.actions.js';
import { BatchAsking } from './batch.asking.js';
import { entryOf, sourceOf } from './batch.entry.js';
import type { ReadyRow } from './batch.entry.js';
import { moved, runnable } from './batch.outcome.js';
import type { OutcomeCounts, RowOutcome } from './batch.outcome.js';
import { endingOf } from './batch.rules.js';
import { APPLIED, APPLIED_TO, READY_ROWS, REST } from './batch.running.sql.js';
import { BatchSteps } from './batch.steps.js';
import type { Applied, RowStep, Stepped } from './batch.steps.js';
import { BatchTurns } from './batch.turns.js';
import type { HeldBatch, WorkingBatch } from './batch.turns.js';

/** Lines that are searched together for rows to be run: no plan that reads all that is left of a million may be the cheaper one. */
const WINDOW = 1_000;

/** What a step did. */
export interface Done {
  /** The last row that it dealt with; undefined behind the last one. */
  last?: number;
  rows: number;
  /** Rows in a second at most. */
  rate: number | null;
  /** Mails that are on their way by it. */
  mails: number;
}

interface Step extends Omit<Done, 'mails'> {
  mails: QueuedRow[];
  idsGiven: string[];
  applied: Applied[];
}

/** Applies the rows of a batch, each exactly once: what they do and their results are one transaction. */
@Injectable()
export class BatchRunning {
  private readonly logger = new Logger(BatchRunning.name);
  /** The next rows are applied while the mails of these are queued. */
  private readonly queueing = new Behind();

  constructor(
    private readonly prisma: PrismaService,
    private readonly turns: BatchTurns,
    private readonly asking: BatchAsking,
    private readonly confirmations: ConfirmationService,
    private readonly queue: SendQueue,
    private readonly urgent: UrgentFirst,
    private readonly steps: BatchSteps,
  ) {}

  /**
   * Applies the next rows, at most so many. Behind the last one the batch is finished, if it may be.
   * @throws TurnLost when it was paused, ended or taken over.
   */
  async step(batch: WorkingBatch, appliedTo: number, most: number, mayFinish: boolean): Promise<Done> {
    await this.urgent.letPass();
    const began = stepBegins();
    const { mails, idsGiven, applied, ...step } = await this.transact(batch, appliedTo, most, mayFinish);
    if (began)
      for (const { row, outcome } of applied)
        announce({ step: 'recorded', id: sourceOf(batch, row), outcome: stepOf(outcome), ms: since(began) });
    await this.queueing.begin(async () => {
      await this.queue.enqueue(mails);
      await this.confirmations.idsAreGiven(idsGiven);
    });
    return { ...step, mails: mails.filter(({ state }) => state === 'queued').length };
  }

  /** Waits until the mails of the last rows are queued. */
  queued(): Promise<void> {
    return this.queueing.done();
  }

  private async transact(
    batch: WorkingBatch,
    appliedTo: number,
    most: number,
    mayFinish: boolean,
  ): Promise<Step> {
    const work = workOf(batch.action);
    if ('step' in work) return this.carryOut(this.steps.of(work), batch, appliedTo, most, mayFinish);
    return this.prisma.retryingPrepared(async (tx) => {
      const held = await this.turns.hold(tx, batch);
      const ready = await this.next(tx, batch, appliedTo, most);
      if (ready.length === 0) return this.rest(tx, batch, mayFinish);
      const stepped =
        'template' in work
          ? await this.unlessRefused(tx, batch, ready, (some) => this.asking.ask(tx, batch, work, some))
          : await this.record(tx, batch, ready);
      return this.apply(tx, batch, held, ready, stepped);
    }, TurnedUpMeanwhile);
  }

  /** A step may have to ask somebody before its transaction. Whoever loses the turn meanwhile has done nothing. */
  private async carryOut(
    step: RowStep,
    batch: WorkingBatch,
    appliedTo: number,
    most: number,
    mayFinish: boolean,
  ): Promise<Step> {
    const ready = await this.next(this.prisma.pool, batch, appliedTo, Math.min(most, step.atOnce));
    const act = await step.begin(batch, ready);
    return this.prisma.retrying(async (tx) => {
      const held = await this.turns.hold(tx, batch);
      if (ready.length === 0) return this.rest(tx, batch, mayFinish);
      const stepped = await this.unlessRefused(tx, batch, ready, (some) => act(tx, some));
      return this.apply(tx, batch, held, ready, stepped);
    }, TurnedUpMeanwhile);
  }

  /** Does rows together. One that the database refuses has that as its result, and keeps none of the others. */
  private async unlessRefused(
    tx: InTransaction,
    batch: WorkingBatch,
    ready: ReadyRow[],
    act: (some: ReadyRow[]) => Promise<Stepped>,
  ): Promise<Stepped> {
    const mails: QueuedRow[] = [];
    const idsGiven: string[] = [];
    const applied = await takingApart<ReadyRow, Applied>(
      ready,
      async (some) => {
        const done = await this.prisma.apart(tx, () => act(some));
        mails.push(...(done.mails ?? []));
        idsGiven.push(...(done.idsGiven ?? []));
        return done.applied;
      },
      ({ row }, error) => {
        this.logger.error({
          message: 'A row of a batch cannot be stored',
          source: sourceOf(batch, row),
          err: error,
        });
        return { row, outcome: 'not-affected', reason: 'not-stored' };
      },
    );
    return { applied, mails, idsGiven };
  }

  private async next(
    on: Session,
    { id, action, checkedTo }: WorkingBatch,
    appliedTo: number,
    most: number,
  ): Promise<ReadyRow[]> {
    const outcomes = runnable(workOf(action));
    const ready: ReadyRow[] = [];
    for (let from = appliedTo; ready.length < most && from < checkedTo; from += WINDOW)
      ready.push(...(await READY_ROWS.run(on, id, from, from + WINDOW, outcomes, most - ready.length)));
    return ready;
  }

  private async apply(
    tx: InTransaction,
    batch: WorkingBatch,
    held: HeldBatch,
    ready: ReadyRow[],
    { applied, mails = [], idsGiven = [] }: Stepped,
  ): Promise<Step> {
    const last = ready.at(-1)?.row ?? 0;
    const counts = applied.reduce<OutcomeCounts>(
      (sum, { outcome }, index) => moved(sum, ready[index]?.outcome, outcome),
      held.counts,
    );
    await APPLIED.run(
      tx,
      batch.id,
      applied.map(({ row }) => row),
      applied.map(({ outcome }) => outcome),
      applied.map(({ reason }) => reason ?? null),
      applied.map(({ notificationId }) => notificationId ?? null),
    );
    await APPLIED_TO.run(tx, batch.id, last, JSON.stringify(counts));
    return { last, rows: ready.length, rate: held.rate, mails, idsGiven, applied };
  }

  private async rest(tx: InTransaction, { id }: WorkingBatch, mayFinish: boolean): Promise<Step> {
    await REST.run(tx, id, mayFinish);
    return { rows: 0, rate: null, mails: [], idsGiven: [], applied: [] };
  }

  /** By the door of every status. */
  private async record(tx: InTransaction, batch: WorkingBatch, ready: ReadyRow[]) {
    const entries = ready.map((row) => {
      const entry = entryOf(batch, row);
      return {
        content: { entry },
        body: JSON.stringify(entry),
        taxReturnId: row.taxReturnId,
        submissionId: entry.submissionId,
        queue: HTTP_DOOR,
        source: sourceOf(batch, row.row),
        batchId: batch.id,
      };
    });
    const { outcomes, mails, idsGiven } = await this.confirmations.confirmIn(tx, entries);
    const bySource = new Map(mails.map((mail) => [mail.source, mail.id]));
    const applied = ready.map(({ row, outcome: before }, index): Applied => {
      const { outcome, reason = '' } = outcomes[index] ?? { outcome: 'refused' as const };
      const notificationId = bySource.get(sourceOf(batch, row));
      if (outcome !== 'applied') return { row, ...endingOf({ outcome, reason }), notificationId };
      return { row, outcome, reason: before === 'ready' ? undefined : before, notificationId };
    });
    return { applied, mails, idsGiven };
  }
}

function stepOf(outcome: RowOutcome): 'applied' | 'duplicate' | 'refused' {
  if (outcome === 'applied') return outcome;
  return outcome === 'already-told' || outcome === 'already-done' ? 'duplicate' : 'refused';
}
