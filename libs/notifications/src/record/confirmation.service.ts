import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import {
  announce,
  Batcher,
  Prisma,
  PrismaService,
  Sealer,
  SETTINGS,
  takingApart,
} from '#libs/platform/index.js';
import type { Settings, Transaction } from '#libs/platform/index.js';
import { decide, record } from './confirmation.rules.js';
import type { Decision } from './confirmation.rules.js';
import { giveMailsTo, NotificationRequests } from '../request/notification.requests.js';
import type { MailRequest, RequestedMail } from '../request/notification.requests.js';
import { HTTP_DOOR, parkedForm, QuarantineService } from '../quarantine/quarantine.service.js';
import type { Quarantined } from '../quarantine/quarantine.service.js';
import type { SubmissionHistory } from '../returns/return.history.js';
import { ReturnStore, TurnedUpMeanwhile } from '../returns/return.store.js';
import type { LockedReturn } from '../returns/return.store.js';
import { writeCodes } from '../returns/rejection.codes.js';
import { SendQueue } from '../send/send.queue.js';
import type { Recorded } from '../send/send.queue.js';
import type { EntryOutcome, ReadEntry, StatusEntry } from '../terms/entries.js';

/** An entry on its way in. */
export interface IncomingEntry extends ReadEntry<StatusEntry> {
  queue: string;
  source: string;
}

/** Entries of one transaction: enough to save round trips, few enough to hold locks briefly. */
const CHUNK = 200;

/**
 * The one door for every status, whatever its source. One transaction writes the event and the notification that it
 * makes due; after the commit the notification's id goes to the send queue.
 */
@Injectable()
export class ConfirmationService {
  private readonly chunks = new Batcher(
    (chunks: IncomingEntry[][]) => this.confirmTogether(chunks),
    CHUNK,
    (chunk) => chunk.length,
  );

  constructor(
    private readonly prisma: PrismaService,
    private readonly returns: ReturnStore,
    private readonly requests: NotificationRequests,
    private readonly quarantine: QuarantineService,
    private readonly queue: SendQueue,
    private readonly sealer: Sealer,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Applies entries in order; each stands alone. When it returns, everything is committed: applied, or parked where an
   * operator sees it.
   * @throws when the database cannot store them for reasons of its own; nothing is to be acknowledged then.
   */
  async confirm(entries: IncomingEntry[]): Promise<EntryOutcome[]> {
    const outcomes: EntryOutcome[] = [];
    for (let from = 0; from < entries.length; from += CHUNK) {
      outcomes.push(...(await this.chunks.call(entries.slice(from, from + CHUNK))));
    }
    return outcomes;
  }

  /** The same within a transaction of the caller's, who queues the mails. */
  async confirmIn(tx: Transaction, entries: IncomingEntry[]): Promise<Recorded> {
    const recorded: Recorded = { outcomes: [], mails: [] };
    const record = async (some: IncomingEntry[]) => {
      const { outcomes, mails } = await this.prisma.apart(tx, () => this.record(tx, some));
      recorded.mails.push(...mails);
      return outcomes;
    };
    for (let from = 0; from < entries.length; from += CHUNK) {
      const chunk = entries.slice(from, from + CHUNK);
      const park = (entry: IncomingEntry, error: unknown) => this.park(entry, error, tx);
      recorded.outcomes.push(...(await takingApart(chunk, record, park)));
    }
    return recorded;
  }

  /** What several callers bring at the same time goes into one transaction. */
  private async confirmTogether(chunks: IncomingEntry[][]): Promise<EntryOutcome[][]> {
    const outcomes = await takingApart(
      chunks.flat(),
      (entries) => this.commit(entries),
      (entry, error) => this.park(entry, error),
    );
    return chunks.map((chunk) => outcomes.splice(0, chunk.length));
  }

  private async park(entry: IncomingEntry, error: unknown, tx?: Transaction): Promise<EntryOutcome> {
    return { outcome: 'parked', ...(await this.quarantine.keepUnstorable(parkedForm(entry), error, tx)) };
  }

  private async commit(entries: IncomingEntry[]): Promise<EntryOutcome[]> {
    const { outcomes, mails } = await this.prisma.retrying(
      (tx) => this.record(tx, entries),
      TurnedUpMeanwhile,
    );
    for (const entry of entries) announce('recorded', entry.source);
    await this.queue.enqueue(mails);
    return outcomes;
  }

  private async record(
    tx: Transaction,
    entries: IncomingEntry[],
  ): Promise<{ outcomes: EntryOutcome[]; mails: RequestedMail[] }> {
    const find = await this.returns.lock(
      tx,
      entries.flatMap(({ content }) => ('entry' in content ? [content.entry] : [])),
    );
    const changes = new Changes();
    const outcomes = entries.map((incoming): EntryOutcome => {
      const { content } = incoming;
      if ('refused' in content) {
        changes.park(incoming, 'refused', 'not-understood', content.refused);
        return { outcome: 'refused', reason: 'not-understood', detail: content.refused };
      }
      const history = find(content.entry);
      const decision = decide(
        { entry: content.entry, source: incoming.source },
        history,
        this.settings,
        uuid,
      );
      if (decision.outcome === 'applied' && history)
        changes.apply(decision, content.entry, incoming.source, history);
      if (decision.outcome === 'applied' || decision.outcome === 'duplicate')
        changes.keepCodes(content.entry);
      return changes.concludes(decision, incoming);
    });
    await this.quarantine.keep(tx, changes.parked);
    if (changes.codes.length > 0) await writeCodes(tx, changes.codes);
    const mails = await this.write(tx, changes);
    return { outcomes, mails: [...mails, ...(await stillWaiting(tx, changes.repeated))] };
  }

  private async write(tx: Transaction, changes: Changes): Promise<RequestedMail[]> {
    if (changes.events.length === 0) return [];
    if (changes.opened.length > 0) await tx.submission.createMany({ data: changes.opened });
    if (changes.confirmed.length > 0) await writeConfirmed(tx, changes.confirmed);
    await giveMailsTo(tx, changes.adopted);
    await writeEvents(
      tx,
      changes.events.map(({ failureMessage, ...event }) => ({
        ...event,
        failureMessage: this.sealer.sealOptional(
          failureMessage,
          `submission_events.failure_message:${event.source}`,
        ),
      })),
    );
    return this.requests.request(tx, changes.mails);
  }
}

/** What a chunk of entries changes, gathered so that each table is written once. */
class Changes {
  readonly opened: Prisma.SubmissionCreateManyInput[] = [];
  readonly confirmed: SubmissionHistory[] = [];
  readonly adopted: Parameters<typeof giveMailsTo>[1] = [];
  readonly codes: { submissionId: string; codes: unknown[] }[] = [];
  readonly events: Prisma.SubmissionEventCreateManyInput[] = [];
  readonly mails: MailRequest[] = [];
  readonly parked: Quarantined[] = [];
  /** Sources of entries that were applied before: their mails may have lost their job. */
  readonly repeated: string[] = [];

  /** Notes what the decision asks for, and makes it part of the history that the next entry is judged by. */
  apply(
    decision: Decision & { outcome: 'applied' },
    entry: StatusEntry,
    source: string,
    history: LockedReturn,
  ): void {
    const { submission } = decision;
    record(decision, entry, source, history);
    if (decision.opens) {
      this.opened.push({
        id: submission.id,
        taxReturnId: history.taxReturnId,
        createdAt: submission.createdAt,
      });
    }
    if (entry.status === 'submitted') this.confirmed.push(submission);
    if (decision.adopts && submission.submissionId) {
      const { id, submissionId } = submission;
      this.adopted.push({ taxReturnId: history.taxReturnId, id, submissionId });
    }
    this.events.push({
      submissionUuid: submission.id,
      type: entry.status,
      occurrence: decision.occurrence,
      source,
      occurredAt: entry.occurredAt ?? new Date(),
      failureCategory: entry.failure?.category,
      failureDetail: entry.failure?.detail,
      failureMessage: entry.failure?.message,
      incident: entry.incident,
    });
    for (const due of decision.due) {
      this.mails.push({
        ...due,
        taxReturnId: history.taxReturnId,
        submissionUuid: submission.id,
        submissionId: submission.submissionId ?? undefined,
        userId: history.userId ?? undefined,
        incident: entry.incident,
        source,
      });
    }
  }

  /** Also a repeated rejection may bring codes that the first one lacked; an empty list takes none away. */
  keepCodes({ submissionId, rejectionCodes = [] }: StatusEntry): void {
    if (submissionId && rejectionCodes.length > 0) this.codes.push({ submissionId, codes: rejectionCodes });
  }

  concludes(decision: Decision, incoming: IncomingEntry): EntryOutcome {
    if (decision.outcome === 'applied') return { outcome: 'applied' };
    const { outcome, reason, sentence } = decision;
    if (outcome === 'duplicate') this.repeated.push(incoming.source);
    else this.park(incoming, outcome === 'parked' ? 'unmatched' : 'refused', reason, sentence);
    return { outcome, reason, detail: sentence };
  }

  park(incoming: IncomingEntry, kind: Quarantined['kind'], reason: string, detail: string): void {
    if (kind === 'refused' && incoming.queue === HTTP_DOOR) return;
    this.parked.push({ ...parkedForm(incoming), kind, reason, detail });
  }
}

async function writeEvents(tx: Transaction, events: Prisma.SubmissionEventCreateManyInput[]): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO submission_events (submission_uuid, type, occurrence, source, occurred_at, failure_category, failure_detail,
                                   failure_message, incident)
    SELECT "submissionUuid", type, occurrence, source, "occurredAt", "failureCategory", "failureDetail", "failureMessage", incident
    FROM jsonb_to_recordset(${JSON.stringify(events)}::jsonb)
      AS e("submissionUuid" uuid, type submission_event_type, occurrence text, source text, "occurredAt" timestamptz,
           "failureCategory" text, "failureDetail" text, "failureMessage" text, incident text)`;
}

async function writeConfirmed(tx: Transaction, confirmed: Changes['confirmed']): Promise<void> {
  await tx.$executeRaw`
    UPDATE submissions s
    SET submission_id = r."submissionId", receipt_id = r."receiptId", submission_received_at = r."submissionReceivedAt"
    FROM jsonb_to_recordset(${JSON.stringify(confirmed)}::jsonb)
      AS r(id uuid, "submissionId" text, "receiptId" text, "submissionReceivedAt" timestamptz)
    WHERE s.id = r.id`;
}

/** A repeated entry whose mail still waits although its time has come: the job may have been lost after the commit. */
async function stillWaiting(tx: Transaction, sources: string[]): Promise<RequestedMail[]> {
  if (sources.length === 0) return [];
  return tx.$queryRaw<RequestedMail[]>`
    SELECT id, template, state::text AS state, attempt, source, 0::float8 AS wait, false AS created
    FROM notifications WHERE source = ANY(${sources}) AND state = 'queued' AND due_at <= now()`;
}
