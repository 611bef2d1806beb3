import { Inject, Injectable, Logger } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import {
  announce,
  Batcher,
  concerning,
  Prepared,
  PrismaService,
  SETTINGS,
  since,
  stepBegins,
  takingApart,
  traceparent,
} from '#libs/platform/index.js';
import type { InTransaction, Session, Settings } from '#libs/platform/index.js';
import { decide, record } from './confirmation.rules.js';
import type { Decision } from './confirmation.rules.js';
import { giveMailsTo, NotificationRequests } from '../request/notification.requests.js';
import type { MailRequest, RequestedMail } from '../request/notification.requests.js';
import { parkedForm, QuarantineService } from '../quarantine/quarantine.service.js';
import { HTTP_DOOR } from '../quarantine/entry.source.js';
import type { Quarantined } from '../quarantine/quarantine.service.js';
import { ReturnStore, TurnedUpMeanwhile } from '../returns/return.store.js';
import type { LockedReturn } from '../returns/return.store.js';
import { ReturnWrites } from '../returns/return.writes.js';
import type { News } from '../returns/return.writes.js';
import { SendQueue } from '../send/send.queue.js';
import type { QueuedRow, Recorded } from '../send/send.queue.js';
import { supersededBy } from '../send/still-due.rules.js';
import { UrgentFirst } from '../send/urgent.first.js';
import type { EntryOutcome, ReadEntry, StatusEntry } from '../terms/entries.js';

/** An entry on its way in. */
export interface IncomingEntry extends ReadEntry<StatusEntry> {
  queue: string;
  source: string;
  /** The batch that it is a row of: its mails stand on it, and its row has its result, so it is never parked. */
  batchId?: string;
  /** The span that it came by; otherwise the one of who brings it. */
  traceparent?: string;
}

/** What was recorded in a transaction that goes on; which mail is whose is told by its source. */
export interface Confirmed extends Recorded {
  mails: RequestedMail[];
  idsGiven: string[];
}

/** Entries of one transaction: enough to save round trips, few enough to hold locks briefly. */
const CHUNK = 200;

/**
 * The one door for every status, whatever its source. One transaction writes the event and the notification that it
 * makes due; after the commit the notification's id goes to the send queue.
 */
@Injectable()
export class ConfirmationService {
  private readonly logger = new Logger(ConfirmationService.name);

  private readonly chunks = new Batcher(
    (chunks: IncomingEntry[][]) => this.confirmTogether(chunks),
    CHUNK,
    (chunk) => chunk.length,
  );

  constructor(
    private readonly prisma: PrismaService,
    private readonly returns: ReturnStore,
    private readonly writes: ReturnWrites,
    private readonly requests: NotificationRequests,
    private readonly quarantine: QuarantineService,
    private readonly queue: SendQueue,
    private readonly urgent: UrgentFirst,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Whoever applies what waited for an id. That is a floor above this one; without it, and after a crash, the sweep does it. */
  private applyWaiting: (submissionIds: string[]) => Promise<void> = () => Promise.resolve();

  /** @param apply is called with the ids that confirmations gave to submissions, when they are committed. It never throws. */
  whenIdsAreGiven(apply: (submissionIds: string[]) => Promise<void>): void {
    this.applyWaiting = apply;
  }

  /** Applies what waited for ids that were given in a transaction of the caller's, now that it is committed. */
  idsAreGiven(submissionIds: string[]): Promise<void> {
    return submissionIds.length > 0 ? this.applyWaiting(submissionIds) : Promise.resolve();
  }

  /**
   * Applies entries in order; each stands alone. When it returns, everything is committed: applied, or parked where an
   * operator sees it. So is what came too early for the ids that they gave.
   * @throws when the database cannot store them for reasons of its own; nothing is to be acknowledged then.
   */
  confirm(entries: IncomingEntry[]): Promise<EntryOutcome[]> {
    // They are recorded together with those of others.
    const here = traceparent();
    const traced = here ? entries.map((entry) => ({ ...entry, traceparent: here })) : entries;
    return this.urgent.during(async () => {
      const outcomes: EntryOutcome[] = [];
      for (let from = 0; from < traced.length; from += CHUNK) {
        outcomes.push(...(await this.chunks.call(traced.slice(from, from + CHUNK))));
      }
      return outcomes;
    });
  }

  /** The same within a transaction of the caller's, who queues the mails and applies what waited. */
  async confirmIn(tx: InTransaction, entries: IncomingEntry[]): Promise<Confirmed> {
    const idsGiven: string[] = [];
    const recorded: Confirmed = { outcomes: [], mails: [], idsGiven };
    const alreadyRevised: string[] = [];
    const record = async (some: IncomingEntry[]) => {
      const { outcomes, mails, revised, ...given } = await this.prisma.apart(tx, () =>
        this.record(tx, some, alreadyRevised),
      );
      recorded.mails.push(...mails);
      alreadyRevised.push(...revised);
      idsGiven.push(...given.idsGiven);
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

  private park(entry: IncomingEntry, error: unknown, tx?: InTransaction): Promise<EntryOutcome> {
    const { taxReturnId, batchId, source } = entry;
    return concerning(
      { taxReturnId, batchId, traceparent: entry.traceparent },
      async (): Promise<EntryOutcome> => {
        if (batchId !== undefined) {
          this.logger.error({ message: 'A row of a batch cannot be stored', source, err: error });
          return { outcome: 'refused', reason: 'not-stored' };
        }
        return { outcome: 'parked', ...(await this.quarantine.keepUnstorable(parkedForm(entry), error, tx)) };
      },
    );
  }

  private async commit(entries: IncomingEntry[]): Promise<EntryOutcome[]> {
    const began = stepBegins();
    const { outcomes, mails, idsGiven } = await this.prisma.retryingPrepared(
      (session) => this.record(session, entries),
      TurnedUpMeanwhile,
    );
    if (began)
      for (const [index, { outcome }] of outcomes.entries()) {
        const { source: id = '', traceparent } = entries[index] ?? {};
        announce({ step: 'recorded', id, outcome, traceparent, ms: since(began) });
      }
    await this.queue.enqueue(traced(mails, entries));
    await this.applyWaiting(idsGiven);
    return outcomes;
  }

  private async record(
    session: Session,
    entries: IncomingEntry[],
    alreadyRevised?: string[],
  ): Promise<{ outcomes: EntryOutcome[]; mails: RequestedMail[]; revised: string[]; idsGiven: string[] }> {
    const find = await this.returns.lock(
      session,
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
        changes.apply(decision, content.entry, incoming, history);
      if (decision.outcome === 'applied' || decision.outcome === 'duplicate')
        changes.keepCodes(content.entry);
      return changes.concludes(decision, incoming);
    });
    await this.quarantine.keep(session, changes.parked);
    const revised = await this.writes.keep(session, changes, alreadyRevised);
    await giveMailsTo(session, changes.adopted);
    const asked = await this.requests.request(session, changes.mails);
    const mails = [...asked, ...(await stillWaiting(session, changes.repeated))];
    return { outcomes, mails, revised, idsGiven: changes.adopted.map(({ submissionId }) => submissionId) };
  }
}

/** What a chunk of entries changes, gathered so that each table is written once. */
class Changes implements Required<News> {
  readonly opened: Required<News>['opened'] = [];
  readonly confirmed: Required<News>['confirmed'] = [];
  readonly adopted: Parameters<typeof giveMailsTo>[1] = [];
  readonly codes: Required<News>['codes'] = [];
  readonly events: Required<News>['events'] = [];
  readonly mails: MailRequest[] = [];
  readonly parked: Quarantined[] = [];
  /** Sources of entries that were applied before: their mails may have lost their job. */
  readonly repeated: string[] = [];

  /** Notes what the decision asks for, and makes it part of the history that the next entry is judged by. */
  apply(
    decision: Decision & { outcome: 'applied' },
    entry: StatusEntry,
    { source, batchId }: IncomingEntry,
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
      taxReturnId: history.taxReturnId,
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
      const mail = { ...due, submissionUuid: submission.id };
      this.mails.push({
        ...mail,
        // A row of a list: nothing else in this transaction takes its place. What comes by another door waits for its turn.
        isTrue: batchId !== undefined && supersededBy({ ...mail, ...AS_AN_EVENT }, history) === undefined,
        taxReturnId: history.taxReturnId,
        submissionId: submission.submissionId ?? undefined,
        userId: history.userId ?? undefined,
        batchId,
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
    // Its row has this result. Were it kept as well, it would be applied later, behind the back of that.
    if (incoming.batchId !== undefined) return;
    this.parked.push({ ...parkedForm(incoming), kind, reason, detail });
  }
}

/** Each mail in the trace of the entry that asked for it. */
function traced(mails: RequestedMail[], entries: IncomingEntry[]): QueuedRow[] {
  const parts = new Map(entries.flatMap(({ source, traceparent: part }) => (part ? [[source, part]] : [])));
  if (parts.size === 0) return mails;
  return mails.map((mail) => ({ ...mail, traceparent: parts.get(mail.source) }));
}

/** A mail that an event makes due. */
const AS_AN_EVENT = { notAfter: null, isAsked: false };

/** A repeated entry whose mail still waits although its time has come: the job may have been lost after the commit. */
async function stillWaiting(session: Session, sources: string[]): Promise<RequestedMail[]> {
  return sources.length === 0 ? [] : STILL_WAITING.run(session, sources);
}

export const STILL_WAITING = new Prepared<[sources: string[]], RequestedMail>(
  'still waiting',
  `SELECT id, template, state::text AS state, attempt, batch_id IS NOT NULL AS "inBatch", source, 0::float8 AS wait, false AS created
   FROM notifications WHERE source = ANY($1::text[]) AND state::text = 'queued' AND now() - due_at >= interval '0'`,
);
