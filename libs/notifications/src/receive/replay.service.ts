import { Injectable, Logger } from '@nestjs/common';
import { announce, PrismaService, since, stepBegins } from '#libs/platform/index.js';
import type { Transaction } from '#libs/platform/index.js';
import { AuditTrail } from '../audit/audit.trail.js';
import type { Acting } from '../audit/audit.trail.js';
import { ActionRefused } from '../audit/refusal.js';
import { DISMISSED, QuarantineService } from '../quarantine/quarantine.service.js';
import type { LockedEntry, Quarantined, ReplayEnd } from '../quarantine/quarantine.service.js';
import { ConfirmationService } from '../record/confirmation.service.js';
import { TurnedUpMeanwhile } from '../returns/return.store.js';
import { SendQueue } from '../send/send.queue.js';
import type { EntryOutcome } from '../terms/entries.js';
import { endingAs } from './door.js';
import type { Recording } from './door.js';
import { Doors } from './doors.js';

/** Puts one that was read again through its door, within a transaction of the caller's, who queues the mails. */
export type PutThrough = Recording;

/** Entries that have turned up and are replayed in one go: a large backlog is worked off over several. */
const MOST_AT_ONCE = 1000;

/** The reason of what cannot be read again: nothing here reads the queue that it came on. */
const NO_DOOR = 'no-door';

const withoutDoor = endingAs({
  outcome: 'parked',
  reason: NO_DOOR,
  detail: 'Nothing here reads the queue that it came on, so nobody can say what it means.',
});

/** Puts parked entries through the door they came by, under their first source: replaying twice applies once. */
@Injectable()
export class ReplayService {
  private readonly logger = new Logger(ReplayService.name);

  constructor(
    private readonly quarantine: QuarantineService,
    private readonly doors: Doors,
    private readonly queue: SendQueue,
    private readonly prisma: PrismaService,
    private readonly trail: AuditTrail,
    confirmations: ConfirmationService,
  ) {
    confirmations.whenIdsAreGiven((submissionIds) => this.replayWaitingFor(submissionIds));
  }

  /**
   * Replays one, all of it in one transaction. Undefined when there is no such entry, and when it has no door and nobody acts. What fails again stays, with the
   * newest reason; what found its way before ends as a duplicate.
   * @param acting the person who does it, if one does: it goes into the audit trail together with the outcome.
   * @throws ActionRefused `dismissed` when somebody said that nothing is to be done with it, `erased` when its body is gone.
   * @throws what kept it from being stored just now, after logging it; nothing of it is done then.
   */
  async replay(id: string, acting?: Acting): Promise<EntryOutcome[] | undefined> {
    try {
      return await this.putThrough(id, acting);
    } catch (error) {
      if (!(error instanceof ActionRefused))
        this.logger.error({ message: 'A parked entry could not be replayed', quarantineId: id, err: error });
      throw error;
    }
  }

  /**
   * Replays many, one by one, oldest first; one that fails does not keep the next from its turn, and the sweep tries it again.
   * What has no door waits on: its queue may get its name back.
   */
  async replayAll(ids: string[]): Promise<void> {
    for (const id of ids) await this.replay(id).catch(() => undefined);
  }

  /** Replays what waited for these ids of submissions. Never throws: what is left the sweep finds. */
  private async replayWaitingFor(submissionIds: string[]): Promise<void> {
    if (submissionIds.length === 0) return;
    try {
      await this.replayAll(await this.quarantine.waitingForIds(submissionIds));
    } catch (error) {
      this.logger.warn({
        message: 'What waited for submissions could not be looked up; the sweep will replay it',
        err: error,
      });
    }
  }

  /**
   * Replays parked entries whose submission, tax return or mail has turned up although nobody replayed them: several workers
   * may do so at once.
   * @returns how many were tried.
   */
  async replayMatched(): Promise<number> {
    const rows = await this.prisma.$queryRaw<{ id: string }[]>`
      SELECT q.id FROM quarantine q
      WHERE q.kind = 'unmatched' AND q.resolved_at IS NULL AND q.queue = ANY (${this.doors.names()}) AND (
        EXISTS (SELECT 1 FROM submissions s WHERE s.submission_id = q.submission_id)
        OR (q.reason = 'unknown-tax-return' AND EXISTS (SELECT 1 FROM tax_returns t WHERE t.id = q.tax_return_id))
        OR (q.reason = 'no-submission' AND EXISTS (SELECT 1 FROM submissions s WHERE s.tax_return_id = q.tax_return_id))
        OR (q.reason = 'awaits-adoption' AND (
          SELECT s.submission_id IS NULL FROM submissions s WHERE s.tax_return_id = q.tax_return_id
          ORDER BY s.created_at DESC, s.id DESC LIMIT 1))
        OR EXISTS (SELECT 1 FROM notifications n JOIN deliveries d ON d.notification_id = n.id
          WHERE n.id = q.notification_id AND n.state <> 'sending' AND d.outcome IN ('accepted', 'unknown')))
      ORDER BY q.id LIMIT ${MOST_AT_ONCE}`;
    await this.replayAll(rows.map((row) => row.id));
    if (rows.length > 0)
      this.logger.log({
        message: 'Parked entries were replayed that nobody had replayed',
        replayed: rows.length,
      });
    return rows.length;
  }

  /**
   * Reads one again, outside of any transaction: to read a receipt may confirm a subscription.
   * @returns what puts it through within one; undefined as {@link replay}.
   * @throws ActionRefused `dismissed`, as does what it returns.
   */
  async begin(id: string, acting?: Acting): Promise<PutThrough | undefined> {
    return (await this.read(id, acting))?.through;
  }

  private async read(
    id: string,
    acting?: Acting,
  ): Promise<{ source: string; through: PutThrough } | undefined> {
    const parked = await this.quarantine.open(id);
    if (!parked) return undefined;
    if (parked === 'erased') throw new ActionRefused('erased', ERASED_BODY);
    refuseDismissed(parked);
    const door = this.doors.named(parked.queue);
    if (!door && !acting) return undefined;
    const recording = door ? await door.readAgain(parked) : withoutDoor;
    const through: PutThrough = async (tx) => {
      const entry = await this.quarantine.lock(tx, id);
      if (entry) refuseDismissed(entry);
      const recorded = await recording(tx);
      const end = endOf(parked, recorded.outcomes);
      await this.quarantine.note(tx, id, end);
      if (acting && entry) await this.record(tx, id, acting, entry, end);
      return recorded;
    };
    return { source: parked.source, through };
  }

  private async putThrough(id: string, acting?: Acting): Promise<EntryOutcome[] | undefined> {
    const read = await this.read(id, acting);
    if (!read) return undefined;
    const began = stepBegins();
    const { outcomes, mails, idsGiven = [] } = await this.prisma.retrying(read.through, TurnedUpMeanwhile);
    if (began)
      for (const { outcome } of outcomes)
        announce({ step: 'recorded', id: read.source, outcome, ms: since(began) });
    await this.queue.enqueue(mails);
    await this.replayWaitingFor(idsGiven);
    return outcomes;
  }

  private async record(
    tx: Transaction,
    target: string,
    acting: Acting,
    { kind, reason, resolvedAt }: LockedEntry,
    end: ReplayEnd,
  ): Promise<void> {
    const before = { kind, reason, resolvedAt: resolvedAt?.toISOString() ?? null };
    const after =
      'resolution' in end ? { resolution: end.resolution } : { kind: end.kind, reason: end.reason };
    await this.trail.record(tx, [{ ...acting, action: 'replay', kind: 'quarantine', target, before, after }]);
  }
}

const ERASED_BODY =
  'What this message said has been erased, so it cannot be replayed. If it still matters, let its sender send it again.';

/** @throws ActionRefused `dismissed` */
function refuseDismissed({ resolution, resolvedAt }: LockedEntry): void {
  if (resolution === DISMISSED)
    throw new ActionRefused(
      'dismissed',
      `Somebody dismissed this message at ${resolvedAt?.toISOString()}: nothing is to be done with it, so it was not replayed. The audit trail says who, and why.`,
    );
}

function endOf(parked: Quarantined, outcomes: EntryOutcome[]): ReplayEnd {
  const open = outcomes.find(({ outcome }) => outcome === 'parked' || outcome === 'refused');
  if (!open) return { resolution: outcomes.some(hasApplied) ? 'applied' : 'duplicate' };
  const { outcome, reason = 'refused', detail = '' } = open;
  // A message that was never taken apart still is none that was.
  if (reason === NO_DOOR)
    return { kind: parked.kind === 'unreadable' ? 'unreadable' : 'refused', reason, detail };
  // Its entries are parked one by one now.
  if (parked.kind === 'unreadable' && reason !== 'unreadable') return { resolution: 'taken-apart' };
  if (reason === 'unreadable') return { kind: 'unreadable', reason, detail };
  return { kind: outcome === 'parked' && reason !== 'not-stored' ? 'unmatched' : 'refused', reason, detail };
}

/** Now, or a moment ago by another worker that replayed the same entry at the same time. */
function hasApplied({ outcome, reason }: EntryOutcome): boolean {
  return outcome === 'applied' || (outcome === 'duplicate' && reason === 'same-entry');
}
