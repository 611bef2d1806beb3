import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '#libs/platform/index.js';
import type { InTransaction, Settings } from '#libs/platform/index.js';
import { requestsOf } from '../request/mail.asks.js';
import { NotificationRequests } from '../request/notification.requests.js';
import { newestOf } from '../returns/return.history.js';
import { ReturnStore } from '../returns/return.store.js';
import type { LockedReturn } from '../returns/return.store.js';
import { ReturnWrites } from '../returns/return.writes.js';
import { occurrenceOf } from './batch.actions.js';
import type { MailWork } from './batch.actions.js';
import { entryOf, sourceOf } from './batch.entry.js';
import type { ReadyRow } from './batch.entry.js';
import { BatchFacts } from './batch.facts.js';
import { eligibilityOf } from './batch.rules.js';
import type { Eligibility } from './batch.rules.js';
import type { Applied, Stepped } from './batch.steps.js';
import type { WorkingBatch } from './batch.turns.js';

/** How a row stands now that its return is locked. */
interface Ending extends Eligibility {
  row: ReadyRow;
  history?: LockedReturn;
}

/** Asks for the mails of rows by the door of every mail that is asked for. */
@Injectable()
export class BatchAsking {
  constructor(
    private readonly facts: BatchFacts,
    private readonly requests: NotificationRequests,
    private readonly returns: ReturnStore,
    private readonly writes: ReturnWrites,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Under the locks of the returns: what happened meanwhile counts. */
  async ask(tx: InTransaction, batch: WorkingBatch, work: MailWork, ready: ReadyRow[]): Promise<Stepped> {
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
    const applied = endings.map(({ row: { row }, outcome, reason }): Applied => {
      const mail = mails.get(row);
      if (!mail) return { row, outcome, reason };
      return { row, outcome: mail.created ? 'applied' : 'already-told', notificationId: mail.id };
    });
    return { applied, mails: asked };
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
