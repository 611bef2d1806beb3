import { Inject, Injectable } from '@nestjs/common';
import { stringify } from 'csv-stringify/sync';
import { Prepared, PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { NotificationState, Settings } from '#libs/platform/index.js';
import { standingOf } from '../standing/told.js';
import { isMailingStep, isStep, subjectOf, workOf } from './batch.actions.js';
import { mailsOf } from './batch.mails.sql.js';
import type { BatchAction } from './batch.actions.js';
import { runnable } from './batch.outcome.js';
import type { MailCounts, RowOutcome } from './batch.outcome.js';
import { MAILS_OF_ROWS } from './batch.row.mails.js';
import { NO_MAILS, seen, view } from './batch.view.js';
import type { SeenBatch } from './batch.view.js';
import { ROWS_REMOVED } from './batch.words.js';
import { SUBJECT_TITLES } from './list.row.js';

/** A row that nobody can be found by. */
export interface FaultyRow {
  row: number;
  subject: string;
  outcome: 'malformed' | 'unknown';
}

/** A row with what became of it. */
export interface SeenRow {
  row: number;
  subject: string;
  taxReturnId: string | null;
  receiptId: string | null;
  outcome: RowOutcome | null;
  reason: string | null;
  notificationId: string | null;
  state: NotificationState | null;
  mailReason: string | null;
  openedAt: Date | null;
  bouncedAt: Date | null;
  bounceReason: string | null;
}

/** The rows went while they were read: what was read of them is not all. */
export class RowsRemoved extends Error {
  constructor() {
    super(ROWS_REMOVED);
  }
}

/** Rows that are read in one step. */
const PAGE = 2_000;

const COLUMNS = ['row', 'taxReturnId', 'outcome', 'reason', 'notificationId', 'standing'];

/** What there is to see of batches: counts as they are now, and a result for every row. */
@Injectable()
export class BatchReader {
  constructor(
    private readonly prisma: PrismaService,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'TOLD_WITHIN'>,
  ) {}

  async find(id: string): Promise<SeenBatch | undefined> {
    const row = await this.prisma.batch.findUnique({ where: { id }, select: view });
    if (!row) return undefined;
    const action = row.action as BatchAction;
    if (isStep(action) && !isMailingStep(action)) return seen(row, NO_MAILS);
    const counted = isStep(action) ? MAILS_OF_ROWS : MAILS;
    const [mails = NO_MAILS] = await counted.run(this.prisma.pool, id);
    return seen(row, mails);
  }

  /** Newest first. The counts of mails are left out: they are many to count. */
  async page(limit: number, after?: { at: Date; id: string }): Promise<SeenBatch[]> {
    const rows = await this.prisma.batch.findMany({
      where: after && { OR: [{ madeAt: { lt: after.at } }, { madeAt: after.at, id: { lt: after.id } }] },
      select: view,
      orderBy: [{ madeAt: 'desc' }, { id: 'desc' }],
      take: limit,
    });
    return rows.map((row) => seen(row, NO_MAILS));
  }

  /** All rows that hold no id that can be read, or that name nobody, a part at a time. */
  async *unknown(id: string): AsyncGenerator<string[]> {
    for await (const rows of this.pages(id))
      yield rows
        .filter(({ outcome }) => outcome === 'malformed' || outcome === 'unknown')
        .map(({ subject }) => subject);
  }

  /** The result of every row as CSV, a part at a time, as far as it has come. Cells that a spreadsheet would run are defused. */
  async *results(id: string): AsyncGenerator<string> {
    const named = await this.columnOf(id);
    yield csv([[...COLUMNS, ...named]]);
    for await (const rows of this.pages(id)) {
      const now = new Date();
      yield csv(rows.map((row) => this.resultOf(row, now, named)));
    }
  }

  /** What was not run, as a list that can be run again. */
  async *remaining(id: string, action: BatchAction): AsyncGenerator<string> {
    const left: readonly (string | null)[] = [...runnable(workOf(action)), null];
    const kind = subjectOf(action);
    const hasReceipts = kind === 'submissionId';
    yield csv([[SUBJECT_TITLES[kind], ...(hasReceipts ? ['receiptId'] : [])]]);
    for await (const rows of this.pages(id)) {
      const some = rows.filter(({ outcome }) => left.includes(outcome));
      if (some.length > 0)
        yield csv(
          some.map(({ subject, receiptId }) => (hasReceipts ? [subject, receiptId ?? ''] : [subject])),
        );
    }
  }

  /** The first rows that a mail goes to: what it will look like. */
  async samples(id: string, many: number): Promise<string[]> {
    const rows = await this.prisma.batchRow.findMany({
      where: { batchId: id, outcome: { in: ['ready', 'applied'] }, taxReturnId: { not: null } },
      select: { taxReturnId: true },
      orderBy: { row: 'asc' },
      take: many,
    });
    return rows.flatMap(({ taxReturnId }) => taxReturnId ?? []);
  }

  /** The first rows that hold no id that can be read, or that name nobody. */
  async faults(id: string, many: number): Promise<FaultyRow[]> {
    const rows = await this.prisma.batchRow.findMany({
      where: { batchId: id, outcome: { in: ['malformed', 'unknown'] } },
      select: { row: true, subject: true, outcome: true },
      orderBy: { row: 'asc' },
      take: many,
    });
    return rows as FaultyRow[];
  }

  /** Where nothing speaks of the row itself, its reason is why its mail told nobody. */
  private resultOf(row: SeenRow, now: Date, named: string[]): unknown[] {
    const { state, mailReason, openedAt, bouncedAt, bounceReason } = row;
    const standing =
      state && openedAt
        ? standingOf({ state, reason: mailReason, openedAt, bouncedAt }, now, this.settings.TOLD_WITHIN)
        : '';
    const untold = standing === 'failure' ? (bounceReason ?? mailReason) : null;
    return [
      row.row,
      row.taxReturnId ?? (named.length > 0 ? '' : row.subject),
      row.outcome ?? '',
      row.reason ?? untold ?? '',
      row.notificationId ?? '',
      standing,
      ...named.map(() => row.subject),
    ];
  }

  /** Where the rows of a list name something else than a return, one column more says what. */
  private async columnOf(id: string): Promise<string[]> {
    const { action = 'unknown' } =
      (await this.prisma.batch.findUnique({ where: { id }, select: { action: true } })) ?? {};
    return isStep(action as BatchAction) ? [SUBJECT_TITLES[subjectOf(action as BatchAction)]] : [];
  }

  /** @throws RowsRemoved behind the last one, so that nobody takes a part for the whole. */
  private async *pages(id: string): AsyncGenerator<SeenRow[]> {
    let rows: SeenRow[];
    let after = 0;
    do {
      rows = await ROWS.run(this.prisma.pool, id, after, PAGE);
      if (rows.length > 0) yield rows;
      after = rows.at(-1)?.row ?? after;
    } while (rows.length === PAGE);
    const batch = await this.prisma.batch.findUnique({ where: { id }, select: { rowsRemovedAt: true } });
    if (batch?.rowsRemovedAt) throw new RowsRemoved();
  }
}

function csv(rows: unknown[][]): string {
  return stringify(rows, { escape_formulas: true, record_delimiter: '\r\n' });
}

/** By the index alone: there may be a million. */
export const MAILS = new Prepared<[id: string], MailCounts>(
  'mails of a batch',
  `SELECT count(*) FILTER (WHERE is_told)::int AS told,
          count(*) FILTER (WHERE NOT is_told AND state = 'unknown')::int AS uncertain,
          count(*) FILTER (WHERE NOT is_told AND state IN ('queued', 'sending'))::int AS waiting,
          count(*) FILTER (WHERE NOT is_told AND state NOT IN ('queued', 'sending', 'unknown'))::int AS failed
   FROM notifications n WHERE ${mailsOf('n')}`,
);

export const ROWS = new Prepared<[id: string, after: number, most: number], SeenRow>(
  'seen batch rows',
  `SELECT r.row, r.subject, r.tax_return_id AS "taxReturnId", r.receipt_id AS "receiptId", r.outcome, r.reason,
          r.notification_id AS "notificationId", n.state::text AS state, n.reason AS "mailReason", n.opened_at AS "openedAt",
          n.bounced_at AS "bouncedAt", n.bounce_reason AS "bounceReason"
   FROM (SELECT * FROM batch_rows WHERE batch_id = $1::uuid AND row > $2::int ORDER BY row LIMIT $3::int) r
   LEFT JOIN LATERAL (SELECT * FROM notifications WHERE id = r.notification_id LIMIT 1) n ON true
   ORDER BY r.row`,
);
