import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  announce,
  Behind,
  Prepared,
  PrismaService,
  SETTINGS,
  since,
  stepBegins,
  takingApart,
} from '#libs/platform/index.js';
import type { InTransaction, Session, Settings } from '#libs/platform/index.js';
import { HTTP_DOOR } from '../quarantine/entry.source.js';
import { ConfirmationService } from '../record/confirmation.service.js';
import { requestsOf } from '../request/mail.asks.js';
import { NotificationRequests } from '../request/notification.requests.js';
import { newestOf } from '../returns/return.history.js';
import { ReturnStore, TurnedUpMeanwhile } from '../returns/return.store.js';
import type { LockedReturn } from '../returns/return.store.js';
import { ReturnWrites } from '../returns/return.writes.js';
import { SendQueue } from '../send/send.queue.js';
import type { QueuedRow } from '../send/send.queue.js';
import { UrgentFirst } from '../send/urgent.first.js';
import { occurrenceOf, workOf } from './batch.actions.js';
import type { MailWork } from './batch.actions.js';
import { entryOf, sourceOf } from './batch.entry.js';
import type { BatchRow } from './batch.entry.js';
import { BatchFacts } from './batch.facts.js';
import { moved, runnable } from './batch.outcome.js';
import type { CheckedOutcome, OutcomeCounts, RowOutcome } from './batch.outcome.js';
import { eligibilityOf, endingOf } from './batch.rules.js';
import type { Eligibility } from './batch.rules.js';
import { BatchSteps } from './batch.steps.js';
import type { Applied, RowStep, Stepped } from './batch.steps.js';
import { BatchTurns } from './batch.turns.js';
import type { HeldBatch, WorkingBatch } from './batch.turns.js';

/** Lines that are searched together for rows to be run: no plan that reads all that is left of a million may be the cheaper one. */
const WINDOW = 1_000;

/** A row whose turn has come, as it was found when the list was looked at. */
interface ReadyRow extends BatchRow {
  taxReturnId: string;
  outcome: CheckedOutcome;
}

/** How a row stands now that its return is locked. */
interface Ending extends Eligibility {
  row: ReadyRow;
  history?: LockedReturn;
}

interface Step {
  /** The last row that it dealt with; undefined behind the last one. */
  last?: number;
  rows: number;
  /** Rows in a second at most. */
  rate: number | null;
  mails: QueuedRow[];
  idsGiven: string[];
  applied: Applied[];
}

/** A row whose mail is asked for, and that mail, for the send queue. */
interface Asked extends Applied {
  mail?: QueuedRow;
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
    private readonly facts: BatchFacts,
    private readonly confirmations: ConfirmationService,
    private readonly requests: NotificationRequests,
    private readonly returns: ReturnStore,
    private readonly writes: ReturnWrites,
    private readonly queue: SendQueue,
    private readonly urgent: UrgentFirst,
    private readonly steps: BatchSteps,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Applies the next rows, at most so many. Behind the last one the batch is finished, if it may be.
   * @throws TurnLost when it was paused, ended or taken over.
   */
  async step(
    batch: WorkingBatch,
    appliedTo: number,
    most: number,
    mayFinish: boolean,
  ): Promise<Pick<Step, 'last' | 'rows' | 'rate'>> {
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
    return step;
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
        'template' in work ? await this.ask(tx, batch, work, ready) : await this.record(tx, batch, ready);
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
      return this.apply(tx, batch, held, ready, await act(tx));
    }, TurnedUpMeanwhile);
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

  /** By the door of every mail that is asked for. A row that the database refuses keeps none of the others. */
  private async ask(tx: InTransaction, batch: WorkingBatch, work: MailWork, ready: ReadyRow[]) {
    const asked = await takingApart<ReadyRow, Asked>(
      ready,
      (some) => this.prisma.apart(tx, () => this.askTogether(tx, batch, work, some)),
      ({ row }, error) => {
        this.logger.error({
          message: 'A row of a batch cannot be stored',
          source: sourceOf(batch, row),
          err: error,
        });
        return { row, outcome: 'not-affected', reason: 'not-stored' };
      },
    );
    return { applied: asked, mails: asked.flatMap(({ mail }) => mail ?? []), idsGiven: undefined };
  }

  /** Under the locks of the returns: what happened meanwhile counts. */
  private async askTogether(
    tx: InTransaction,
    batch: WorkingBatch,
    work: MailWork,
    ready: ReadyRow[],
  ): Promise<Asked[]> {
    const occurrence = occurrenceOf(batch.campaign ?? batch.id, batch.topic);
    const find = await this.returns.lock(tx, ready);
    const found = await this.facts.of(
      tx,
      batch,
      ready.map(({ subject }) => subject),
    );
    const endings = ready.map((row): Ending => {
      const facts = found.get(row.subject);
      const history = find(row);
      if (!facts || !history) return { row, outcome: 'unknown' };
      const current = { ...facts, history };
      return { row, history, ...eligibilityOf(batch.action, current, entryOf(batch, row), this.settings) };
    });
    const owed = endings.flatMap(({ row, history, outcome }) =>
      history && outcome === 'ready' ? { row, history } : [],
    );
    const asked = await this.requests.request(
      tx,
      await requestsOf(
        tx,
        owed.map(({ row, history }) => ({
          template: work.template,
          stage: work.stage,
          taxReturnId: row.taxReturnId,
          userId: history.userId ?? undefined,
          submissionId: newestOf(history.submissions)?.submissionId ?? undefined,
          context: batch.topic === null ? undefined : { state: batch.topic },
          occurrence,
          batchId: batch.id,
          incident: batch.incident ?? undefined,
          source: sourceOf(batch, row.row),
        })),
      ),
    );
    const mails = new Map(owed.map(({ row }, index) => [row.row, asked[index]]));
    await this.keepThatTheyWere(
      tx,
      batch,
      work,
      occurrence,
      owed.filter(({ row }) => mails.get(row.row)?.created),
    );
    return endings.map(({ row: { row }, outcome, reason }): Asked => {
      const mail = mails.get(row);
      if (!mail) return { row, outcome, reason };
      return { row, outcome: mail.created ? 'applied' : 'already-told', notificationId: mail.id, mail };
    });
  }

  /** A reminder is shown in the history of the submission that it is about, and counts for nothing. */
  private async keepThatTheyWere(
    tx: InTransaction,
    batch: WorkingBatch,
    { event: type }: MailWork,
    occurrence: string,
    reminded: { row: ReadyRow; history: LockedReturn }[],
  ): Promise<void> {
    if (!type) return;
    const events = reminded.flatMap(({ row, history }) => {
      const submission = newestOf(history.submissions);
      return submission
        ? {
            taxReturnId: row.taxReturnId,
            submissionUuid: submission.id,
            type,
            occurrence,
            source: sourceOf(batch, row.row),
            occurredAt: new Date(),
            incident: batch.incident ?? undefined,
          }
        : [];
    });
    await this.writes.keep(tx, { events });
  }
}

function stepOf(outcome: RowOutcome): 'applied' | 'duplicate' | 'refused' {
  if (outcome === 'applied') return outcome;
  return outcome === 'already-told' || outcome === 'already-done' ? 'duplicate' : 'refused';
}

export const READY_ROWS = new Prepared<
  [id: string, after: number, to: number, outcomes: string[], most: number],
  ReadyRow
>(
  'ready batch rows',
  `SELECT row, subject, receipt_id AS "receiptId", tax_return_id AS "taxReturnId", outcome FROM batch_rows
   WHERE batch_id = $1::uuid AND row > $2::int AND row <= $3::int AND outcome = ANY($4::text[]) ORDER BY row LIMIT $5::int`,
);

export const APPLIED = new Prepared<
  [
    id: string,
    rows: number[],
    outcomes: string[],
    reasons: (string | null)[],
    notifications: (string | null)[],
  ],
  never
>(
  'batch rows are applied',
  `UPDATE batch_rows r SET outcome = g.outcome, reason = g.reason, notification_id = g.notification_id
   FROM unnest($2::int[], $3::text[], $4::text[], $5::uuid[]) AS g(row, outcome, reason, notification_id)
   WHERE r.batch_id = $1::uuid AND r.row = ANY($2::int[]) AND r.row = g.row`,
);

export const APPLIED_TO = new Prepared<[id: string, last: number, counts: string], never>(
  'batch applied to',
  `UPDATE batches SET applied_to = $2::int, counts = $3::jsonb WHERE id = $1::uuid`,
);

/** What is left of its rows is not run: it is not read again while its last mails are on their way. */
const REST = new Prepared<[id: string, mayFinish: boolean], never>(
  'no batch row is left',
  `UPDATE batches SET
     applied_to = greatest(applied_to, (SELECT max(row) FROM batch_rows WHERE batch_id = $1::uuid)),
     state = CASE WHEN $2::boolean THEN 'finished' ELSE state END, ended_at = CASE WHEN $2::boolean THEN now() END
   WHERE id = $1::uuid`,
);
