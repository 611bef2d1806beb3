import { Injectable } from '@nestjs/common';
import { PrismaService } from '#libs/platform/index.js';
import type { Transaction } from '#libs/platform/index.js';
import { eventView } from '../returns/submission.service.js';
import { remediationView } from '../remediate/remediation.service.js';
import { deliveryView } from '../request/notification.view.js';

type Rows = Awaited<ReturnType<typeof readAll>>;
type Of<Key extends Exclude<keyof Rows, 'isRegistered'>> = Rows[Key][number];

/** One thing that happened to a tax return, and when. Ids, states and reasons; addresses and contents are never shown. */
export type TimelineItem = { at: Date } & (
  | { kind: 'event'; event: Omit<Of<'events'>, 'source'> }
  | { kind: 'notification'; notification: Omit<Of<'notifications'>, 'source'> }
  | { kind: 'delivery'; delivery: Of<'deliveries'> }
  | { kind: 'receipt'; receipt: Of<'receipts'> }
  | { kind: 'verdict'; verdict: Omit<Of<'verdicts'>, 'recordedAt'> }
  | { kind: 'remediation'; remediation: Of<'remediations'> }
  | { kind: 'note'; note: Of<'notes'> }
  | { kind: 'action'; action: Omit<Of<'actions'>, 'sequence'> & { sequence: string } }
);

/** Everything that is on record of one tax return, in the order in which it was recorded. */
@Injectable()
export class TimelineService {
  constructor(private readonly prisma: PrismaService) {}

  /** Undefined when nothing is known of it. What happened at one instant stands in the order of {@link TimelineItem}. */
  async of(taxReturnId: string): Promise<TimelineItem[] | undefined> {
    const rows = await this.prisma.$transaction((tx) => readAll(tx, taxReturnId), {
      isolationLevel: 'RepeatableRead',
    });
    const items = itemsOf(rows);
    return items.length > 0 || rows.isRegistered ? items : undefined;
  }
}

function itemsOf(rows: Rows): TimelineItem[] {
  const asked = new Map(rows.events.map(({ source, recordedAt }) => [source, recordedAt]));
  const items: TimelineItem[] = [
    ...rows.events.map(({ source: _source, ...event }) => ({
      at: event.recordedAt,
      kind: 'event' as const,
      event,
    })),
    ...rows.notifications.map(({ source, ...notification }) => ({
      at: afterItsEvent(asked.get(source), notification.requestedAt),
      kind: 'notification' as const,
      notification,
    })),
    ...rows.deliveries.map((delivery) => ({ at: delivery.openedAt, kind: 'delivery' as const, delivery })),
    ...rows.receipts.map((receipt) => ({ at: receipt.recordedAt, kind: 'receipt' as const, receipt })),
    ...rows.verdicts.map(({ recordedAt, ...verdict }) => ({
      at: recordedAt,
      kind: 'verdict' as const,
      verdict,
    })),
    ...rows.remediations.map((remediation) => ({
      at: remediation.createdAt,
      kind: 'remediation' as const,
      remediation,
    })),
    ...rows.notes.map((note) => ({ at: note.at, kind: 'note' as const, note })),
    ...rows.actions.map((action) => ({
      at: action.at,
      kind: 'action' as const,
      action: { ...action, sequence: String(action.sequence) },
    })),
  ];
  return items.toSorted((a, b) => a.at.getTime() - b.at.getTime());
}

/** Milliseconds that a transaction may take. */
const ONE_TRANSACTION = 30_000;

/**
 * A mail comes after the event that asked for it, in whose transaction it is written: the one by the clock of the database, the
 * other by that of the process.
 */
function afterItsEvent(event: Date | undefined, requested: Date): Date {
  const late = event ? event.getTime() - requested.getTime() : 0;
  return event && late > 0 && late < ONE_TRANSACTION ? event : requested;
}

async function readAll(tx: Transaction, taxReturnId: string) {
  const registered = await tx.taxReturn.count({ where: { id: taxReturnId } });
  const events = await tx.submissionEvent.findMany({
    where: { submission: { taxReturnId } },
    select: { source: true, submissionUuid: true, ...eventView },
    orderBy: { sequence: 'asc' },
  });
  const notifications = await tx.notification.findMany({
    where: { taxReturnId },
    select: notificationView,
    orderBy: [{ requestedAt: 'asc' }, { id: 'asc' }],
  });
  const deliveries = await tx.delivery.findMany({
    where: { notification: { taxReturnId } },
    select: { notificationId: true, ...deliveryView },
    orderBy: [{ openedAt: 'asc' }, { attempt: 'asc' }],
  });
  const receipts = await tx.mailReceipt.findMany({
    where: { notificationId: { in: notifications.map(({ id }) => id) } },
    select: receiptView,
    orderBy: [{ recordedAt: 'asc' }, { id: 'asc' }],
  });
  const verdicts = await tx.backupVerdict.findMany({
    where: { submission: { taxReturnId } },
    select: { submissionUuid: true, status: true, word: true, recordedAt: true },
    orderBy: { sequence: 'asc' },
  });
  const remediations = await tx.remediation.findMany({
    where: { submission: { taxReturnId } },
    select: remediationView,
    orderBy: { sequence: 'asc' },
  });
  const notes = await tx.remediationNote.findMany({
    where: { remediation: { submission: { taxReturnId } } },
    select: { remediationId: true, at: true, actor: true, context: true },
    orderBy: { sequence: 'asc' },
  });
  const submissions = await tx.submission.findMany({ where: { taxReturnId }, select: { id: true } });
  const targets = [taxReturnId, ...[...submissions, ...notifications, ...remediations].map(({ id }) => id)];
  const actions = await tx.auditEntry.findMany({
    where: {
      kind: { in: ['tax-return', 'submission', 'notification', 'remediation'] },
      target: { in: targets },
    },
    omit: { source: true },
    orderBy: { sequence: 'asc' },
  });
  return {
    isRegistered: registered > 0,
    events,
    notifications,
    deliveries,
    receipts,
    verdicts,
    remediations,
    notes,
    actions,
  };
}

const notificationView = {
  id: true,
  source: true,
  template: true,
  stage: true,
  occurrence: true,
  submissionUuid: true,
  state: true,
  reason: true,
  requestedAt: true,
  settledAt: true,
} as const;

const receiptView = {
  notificationId: true,
  attempt: true,
  kind: true,
  bounceType: true,
  reason: true,
  byWords: true,
  occurredAt: true,
  diagnostic: true,
  recordedAt: true,
} as const;
