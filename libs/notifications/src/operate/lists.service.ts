import { Inject, Injectable } from '@nestjs/common';
import { PrismaService, SETTINGS, withoutAddresses } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import type { AuditKind } from '../audit/audit.trail.js';
import { Suppressions } from '../receipts/suppressions.js';
import { standingOf } from '../standing/told.js';
import type { ListedScope } from '../standing/delivered.sql.js';
import { StandingService } from '../standing/standing.service.js';
import { csvLine } from './csv.js';
import type { MailFilter, Place } from '../standing/mail.filter.js';
import { MailSearch } from '../standing/mail.search.js';
import { whereParked } from '../quarantine/quarantine.filter.js';
import type { QuarantineFilter } from '../quarantine/quarantine.filter.js';
import { UnreachableService } from './unreachable/unreachable.service.js';

/** Rows that are read in one step. */
const CHUNK = 500;

const mailColumns = [
  'id', 'taxReturnId', 'template', 'stage', 'occurrence', 'submissionId', 'userId', 'batchId', 'incident', 'state', 'reason',
  'attempt', 'dueAt', 'notAfter', 'requestedAt', 'openedAt', 'settledAt', 'deliveredAt', 'bouncedAt', 'bounceReason',
  'isAsked', 'overruled',
] as const; // prettier-ignore
const parkedColumns = [
  'id', 'kind', 'queue', 'source', 'reason', 'detail', 'taxReturnId', 'submissionId', 'receivedAt', 'replays',
  'notificationId',
] as const; // prettier-ignore
const submissionColumns = ['id', 'taxReturnId', 'submissionId', 'createdAt'] as const;
const suppressionColumns = [
  'id', 'reason', 'notificationId', 'taxReturnId', 'createdAt', 'expiresAt', 'liftedAt',
] as const; // prettier-ignore
const unreachableColumns = [
  'id', 'taxReturnId', 'submissionUuid', 'submissionId', 'userId', 'taxYear', 'template', 'stage', 'notTold', 'since', 'why',
] as const; // prettier-ignore
const trailColumns = [
  'sequence',
  'at',
  'actor',
  'action',
  'kind',
  'target',
  'reason',
  'before',
  'after',
] as const;

/** Lists as CSV, to hand over: a part at a time, so that the longest needs no memory. Ids and reasons, never an address. */
@Injectable()
export class ListsService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly search: MailSearch,
    private readonly standings: StandingService,
    private readonly suppressed: Suppressions,
    private readonly unreachables: UnreachableService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** The mails that fit, newest first. */
  async *mails(filter: MailFilter): AsyncGenerator<string> {
    const now = new Date();
    yield csvLine([...mailColumns, 'standing']);
    for await (const ids of this.search.walk(filter, CHUNK, now)) {
      const rows = await this.prisma.notification.findMany({
        where: { id: { in: ids } },
        select: selectionOf(mailColumns),
        orderBy: [{ requestedAt: 'desc' }, { id: 'desc' }],
      });
      yield rows
        .map((row) => linesOf(row, mailColumns, [standingOf(row, now, this.settings.TOLD_WITHIN)]))
        .join('');
    }
  }

  /** What could not be applied and waits, newest first. */
  async *quarantine(filter: QuarantineFilter): AsyncGenerator<string> {
    yield csvLine(parkedColumns);
    let last: string | undefined;
    do {
      const rows = await this.prisma.quarantineEntry.findMany({
        where: { AND: [whereParked(filter), { id: { lt: last } }] },
        select: selectionOf(parkedColumns),
        orderBy: { id: 'desc' },
        take: CHUNK,
      });
      if (rows.length > 0) yield rows.map((row) => linesOf(row, parkedColumns)).join('');
      last = rows.length === CHUNK ? rows.at(-1)?.id : undefined;
    } while (last !== undefined);
  }

  /** Submissions of a scope, oldest first. */
  async *submissions(scope: ListedScope): AsyncGenerator<string> {
    const now = new Date();
    yield csvLine(submissionColumns);
    let last: string | undefined;
    do {
      const rows = await this.standings.list(scope, CHUNK, now, last);
      if (rows.length > 0) yield rows.map((row) => linesOf(row, submissionColumns)).join('');
      last = rows.length === CHUNK ? rows.at(-1)?.id : undefined;
    } while (last !== undefined);
  }

  /** Addresses that nothing is or was sent to, newest first; also those that were lifted or have expired. */
  async *suppressions(): AsyncGenerator<string> {
    yield csvLine(suppressionColumns);
    let last: Place | undefined;
    do {
      const rows = await this.suppressed.page({ active: false, after: last, limit: CHUNK });
      if (rows.length > 0) yield rows.map((row) => linesOf(row, suppressionColumns)).join('');
      const end = rows.length === CHUNK ? rows.at(-1) : undefined;
      last = end && { at: end.createdAt, id: end.id };
    } while (last);
  }

  /** Untold taxpayers who have no address left, mail by mail: the letters and calls to make, the longest wait first. */
  async *unreachable(): AsyncGenerator<string> {
    yield csvLine(unreachableColumns);
    for await (const mails of this.unreachables.list())
      yield mails.map((mail) => linesOf(mail, unreachableColumns)).join('');
  }

  /** What people did, newest first. */
  async *trail(filter: { kind?: AuditKind; target?: string }): AsyncGenerator<string> {
    yield csvLine(trailColumns);
    let last: bigint | undefined;
    do {
      const rows = await this.prisma.auditEntry.findMany({
        where: { ...filter, sequence: { lt: last } },
        orderBy: { sequence: 'desc' },
        take: CHUNK,
      });
      if (rows.length > 0) yield rows.map((row) => linesOf(row, trailColumns)).join('');
      last = rows.length === CHUNK ? rows.at(-1)?.sequence : undefined;
    } while (last !== undefined);
  }
}

function linesOf<Column extends string>(
  row: Record<Column, unknown>,
  columns: readonly Column[],
  more: unknown[] = [],
): string {
  return withoutAddresses(csvLine([...columns.map((column) => row[column]), ...more]));
}

function selectionOf<Column extends string>(columns: readonly Column[]): Record<Column, true> {
  return Object.fromEntries(columns.map((column) => [column, true])) as Record<Column, true>;
}
