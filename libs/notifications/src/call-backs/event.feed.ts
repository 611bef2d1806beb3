import { Injectable } from '@nestjs/common';
import { Prepared, PrismaService } from '#libs/platform/index.js';
import type { SubmissionEventType } from '#libs/platform/index.js';
import { StatusService } from '../returns/status.service.js';
import type { StatusValue } from '../returns/return.status.js';
import { cursorOf } from './feed.place.js';
import type { FeedPlace } from './feed.place.js';

/** Something that happened to a submission, as backends are told of it: ids, words of closed lists and times. */
export interface FeedEvent {
  /** Its place in the feed: what comes after it is read from here. */
  cursor: string;
  kind: SubmissionEventType;
  taxReturnId: string;
  /** Null while the authority's id is not known. */
  submissionId: string | null;
  /** Of the return, when this is read; null when it is not known any more. */
  status: StatusValue | null;
  occurredAt: Date;
  recordedAt: Date;
}

/** An event with its place, before anybody asked how its return stands. */
export interface FeedRow extends FeedPlace {
  kind: SubmissionEventType;
  taxReturnId: string;
  submissionId: string | null;
  occurredAt: Date;
  recordedAt: Date;
}

/**
 * What happened, in an order that nobody who reads on misses anything in.
 *
 * Events get their `sequence` when they are written and are seen when they are committed, so that one with a lower sequence may turn
 * up after one with a higher. Therefore they stand in the order of the transactions that wrote them, and are given only when no
 * transaction that began before is open any more: whatever turns up later stands behind all that was given.
 */
@Injectable()
export class EventFeed {
  constructor(
    private readonly prisma: PrismaService,
    private readonly statuses: StatusService,
  ) {}

  /** What comes after a place, at most so many. */
  async after({ xid, sequence }: FeedPlace, most: number): Promise<FeedRow[]> {
    return FEED.run(this.prisma.pool, xid, sequence, most);
  }

  /** Behind all that was committed so far, but for what was still on its way beside it. */
  async now(): Promise<FeedPlace> {
    const [row] = await HORIZON.run(this.prisma.pool);
    return { xid: row?.xid ?? '0', sequence: '0' };
  }

  /** Is a place one that this database has reached? One of another database may lie ahead. */
  async hasReached({ xid }: FeedPlace): Promise<boolean> {
    return BigInt((await HORIZON.run(this.prisma.pool))[0]?.next ?? '0') >= BigInt(xid);
  }

  /** The same events with the status of their returns, as it is now. */
  async withStatus(rows: FeedRow[]): Promise<FeedEvent[]> {
    const statuses = await this.statuses.ofEach([...new Set(rows.map(({ taxReturnId }) => taxReturnId))]);
    return rows.map(({ xid, sequence, ...row }) => ({
      cursor: cursorOf({ xid, sequence }),
      ...row,
      status: statuses.get(row.taxReturnId)?.status ?? null,
    }));
  }
}

/** What of `submission_events e` nobody can get in front of any more. */
export const SETTLED = 'e.xid < pg_snapshot_xmin(pg_current_snapshot())';

/** Of `submission_events e` and `submissions s`. */
export const FEED_COLUMNS = `e.xid::text AS xid, e.sequence::text AS sequence, e.type AS kind, s.tax_return_id AS "taxReturnId",
     s.submission_id AS "submissionId", e.occurred_at AS "occurredAt", e.recorded_at AS "recordedAt"`;

/** Looked up row by row, so that no plan reads more. */
export const ITS_SUBMISSION =
  'CROSS JOIN LATERAL (SELECT s.tax_return_id, s.submission_id FROM submissions s WHERE s.id = e.submission_uuid OFFSET 0) s';

/** The event of `call_back_asides a`, with its submission. */
export const EVENT_ASIDE = `CROSS JOIN LATERAL (
     SELECT * FROM submission_events e WHERE e.xid = a.xid::text::xid8 AND e.sequence = a.sequence OFFSET 0
   ) e ${ITS_SUBMISSION}`;

export const FEED = new Prepared<[xid: string, sequence: string, most: number], FeedRow>(
  'event feed',
  `SELECT ${FEED_COLUMNS}
   FROM (
     SELECT * FROM submission_events e
     WHERE (e.xid, e.sequence) > ($1::text::xid8, $2::text::int8) AND ${SETTLED} ORDER BY e.xid, e.sequence LIMIT $3::int
   ) e ${ITS_SUBMISSION}
   ORDER BY e.xid, e.sequence`,
);

const HORIZON = new Prepared<[], { xid: string; next: string }>(
  'feed horizon',
  `SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xid, pg_snapshot_xmax(pg_current_snapshot())::text AS next`,
);
