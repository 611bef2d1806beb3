import { Prisma } from '#libs/platform/index.js';
import type { Standing } from './told.js';
import { ACKNOWLEDGEMENTS } from './delivered.js';
import type { TimeBoxes } from './delivered.js';

/** Subsets of submissions. The first three are a partition; remediated ones are successes, duplicates are remediated. */
export type DeliveredScope = Standing | 'remediated' | 'duplicate';

/** Those that somebody looks through: of what arrived by itself there are millions, and nothing is to be done. */
export const LISTED_SCOPES = [
  'failure',
  'in-process',
  'remediated',
  'duplicate',
] as const satisfies readonly DeliveredScope[];
export type ListedScope = (typeof LISTED_SCOPES)[number];

/** Submissions as `s`, each with its latest remediation as `r`. */
export const SUBMISSIONS_WITH_REMEDIATION = Prisma.sql`
  submissions s LEFT JOIN LATERAL (
    SELECT success, ignored_as_duplicate FROM remediations
    WHERE submission_uuid = s.id ORDER BY created_at DESC, sequence DESC LIMIT 1
  ) r ON true`;

const acknowledged = Prisma.sql`EXISTS (
  SELECT 1 FROM submission_events e
  WHERE e.submission_uuid = s.id AND e.type = ANY(${[...ACKNOWLEDGEMENTS]}::submission_event_type[]))`;

/** The standing of `s` as an expression: what {@link deliveredOf} says of one row. */
export function deliveredSql(now: Date, { primary, backup }: TimeBoxes): Prisma.Sql {
  return Prisma.sql`CASE
    WHEN s.receipt_id IS NOT NULL OR s.backup_status = 'accepted' OR r.success OR ${acknowledged} THEN 'success'
    WHEN s.backup_status IS DISTINCT FROM 'rejected' AND s.created_at >
         (CASE WHEN s.backup_id IS NULL THEN ${before(now, primary)} ELSE ${before(now, backup)} END) THEN 'in-process'
    ELSE 'failure' END`;
}

/**
 * Whether `s` waits for the backup path's word: nobody else has it, and neither its age nor a remediation ends the waiting. The
 * first three conditions are those of an index.
 */
export const UNDECIDED_ON_BACKUP = Prisma.sql`
  s.backup_id IS NOT NULL AND s.backup_status IS NULL AND s.receipt_id IS NULL AND NOT ${acknowledged}`;

/**
 * How many submissions without a receipt stand where. Whatever is not a success is among them, and there is a small index of
 * them, so that millions with a receipt cost nothing.
 */
export function countsWithoutReceipt(now: Date, boxes: TimeBoxes): Prisma.Sql {
  return Prisma.sql`
    SELECT ${deliveredSql(now, boxes)} AS standing, count(*)::int AS rows
    FROM ${SUBMISSIONS_WITH_REMEDIATION} WHERE s.receipt_id IS NULL GROUP BY 1`;
}

const hasRemediation = Prisma.sql`s.id IN (SELECT submission_uuid FROM remediations)`;

/** Whether `s` is in a scope, as a condition. The first half of most says nothing new; the planner finds its index by it. */
export function inScope(scope: DeliveredScope, now: Date, boxes: TimeBoxes): Prisma.Sql {
  switch (scope) {
    case 'remediated':
      return Prisma.sql`${hasRemediation} AND coalesce(r.success, false)`;
    case 'duplicate':
      return Prisma.sql`${hasRemediation} AND coalesce(r.ignored_as_duplicate, false)`;
    case 'success':
      return Prisma.sql`${deliveredSql(now, boxes)} = ${scope}`;
    case 'in-process':
    case 'failure':
      return Prisma.sql`s.receipt_id IS NULL AND ${deliveredSql(now, boxes)} = ${scope}`;
  }
}

function before(now: Date, box: number): Prisma.Sql {
  return Prisma.sql`${new Date(now.getTime() - box).toISOString()}::timestamptz`;
}
