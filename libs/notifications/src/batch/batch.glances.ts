import { Injectable } from '@nestjs/common';
import { Prepared, PrismaService } from '#libs/platform/index.js';
import { MAILING_STEPS } from './batch.actions.js';
import type { CheckedOutcome } from './batch.outcome.js';
import type { BatchState } from './batch.state.js';

/** What became of the mails of a batch, as far as a glance counts. */
export interface MailGlance {
  told: number;
  failed: number;
  /** Perhaps sent. */
  uncertain: number;
  /** All of its mails were counted. */
  isAll: boolean;
}

/** A row that somebody has to look at in the list itself. */
export interface OddRow {
  row: number;
  /** What stands there, without addresses. */
  subject: string;
  outcome: CheckedOutcome;
}

/** Batches that wait for somebody. */
export interface WaitingBatches {
  state: Extract<BatchState, 'awaiting-approval' | 'stopped'>;
  batches: number;
  /** The one that was made first. */
  first: string;
  since: Date;
}

/** Mails of one batch that a glance counts. */
const MOST_COUNTED = 100_000;
/** Rows of a list that are searched for odd ones: its results name all of them. */
const SEARCHED = 50_000;

/** What a page shows of batches beside each one's own numbers. Each is as quick on a list of millions. */
@Injectable()
export class BatchGlances {
  constructor(private readonly prisma: PrismaService) {}

  /** What became of the mails of several batches, by their ids. */
  async mailsOf(ids: string[]): Promise<Map<string, MailGlance>> {
    const rows = await MAILS_OF.run(this.prisma.pool, ids, MOST_COUNTED, MAILING_STEPS);
    return new Map(
      rows.map(({ id, mails, ...glance }) => [id, { ...glance, isAll: Number(mails) < MOST_COUNTED }]),
    );
  }

  /** The first rows of a list with one of these outcomes, among its first {@link SEARCHED}. */
  oddRows(id: string, outcomes: CheckedOutcome[], most: number): Promise<OddRow[]> {
    return ODD_ROWS.run(this.prisma.pool, id, outcomes, most, SEARCHED);
  }

  /** Those that go no further without a person. */
  waiting(): Promise<WaitingBatches[]> {
    return WAITING.run(this.prisma.pool);
  }
}

/** The mails of a step are others': those that its rows name. A step without mails is not searched for any. */
const MAILS_OF = new Prepared<
  [ids: string[], most: number, steps: string[]],
  Omit<MailGlance, 'isAll'> & { id: string; mails: number }
>(
  'mails of batches at a glance',
  `SELECT b.id, m.* FROM unnest($1::uuid[]) AS b(id) CROSS JOIN LATERAL (
     SELECT count(*)::int AS mails,
            count(*) FILTER (WHERE is_told)::int AS told,
            count(*) FILTER (WHERE NOT is_told AND state = 'unknown')::int AS uncertain,
            count(*) FILTER (WHERE NOT is_told AND state NOT IN ('queued', 'sending', 'unknown'))::int AS failed
     FROM (
       (SELECT n.is_told, n.state FROM notifications n WHERE n.batch_id = b.id LIMIT $2::int)
       UNION ALL
       (SELECT n.is_told, n.state
        FROM (SELECT r.notification_id FROM batches s JOIN batch_rows r ON r.batch_id = s.id
              WHERE s.id = b.id AND s.action = ANY($3::text[]) AND r.notification_id IS NOT NULL LIMIT $2::int) AS r
        JOIN LATERAL (SELECT * FROM notifications WHERE id = r.notification_id LIMIT 1) n ON true)
     ) AS first
   ) AS m`,
);

const ODD_ROWS = new Prepared<[id: string, outcomes: string[], most: number, searched: number], OddRow>(
  'odd batch rows',
  `SELECT row, subject, outcome
   FROM (SELECT * FROM batch_rows WHERE batch_id = $1::uuid ORDER BY row LIMIT $4::int) AS first
   WHERE outcome = ANY($2::text[]) ORDER BY row LIMIT $3::int`,
);

const WAITING = new Prepared<[], WaitingBatches>(
  'batches that wait for somebody',
  `SELECT state, count(*)::int AS batches, (array_agg(id ORDER BY made_at, id))[1] AS first, min(made_at) AS since
   FROM batches WHERE state IN ('awaiting-approval', 'stopped') GROUP BY state ORDER BY state DESC`,
);

/** Where a batch stands that is not over. */
export const OPEN_STATES = [
  'validating',
  'validated',
  'awaiting-approval',
  'running',
  'paused',
  'stopped',
] as const satisfies readonly BatchState[];

/** Batches that are not over, by where they stand. */
export const OPEN_BATCHES = new Prepared<[states: readonly string[]], { state: BatchState; batches: number }>(
  'open batches',
  'SELECT state, count(*)::int AS batches FROM batches WHERE state = ANY($1::text[]) GROUP BY state',
);
