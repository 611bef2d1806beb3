import { Injectable } from '@nestjs/common';
import { Prisma, PrismaService } from '#libs/platform/index.js';
import type { SubmissionEventType } from '#libs/platform/index.js';
import type { CallReason } from './call-back.answer.js';
import { EVENT_ASIDE, FEED_COLUMNS, SETTLED } from './event.feed.js';
import { cursorOf } from './feed.place.js';
import type { FeedPlace } from './feed.place.js';

/** How a call-back stands. Its secret is not shown. */
export interface SeenCallBack {
  name: string;
  url: string;
  kinds: SubmissionEventType[];
  state: 'active' | 'stopped';
  /** Why the last call was in vain; null while all is well. */
  reason: CallReason | null;
  status: number | null;
  failures: number;
  failingSince: Date | null;
  dueAt: Date;
  toldAt: Date | null;
  /** All up to here was told, or is put aside. */
  cursor: string;
  /** When the first event behind that was recorded; null when there is none. */
  behindSince: Date | null;
  /** Events that it was put on without: tried by themselves, and given up. */
  aside: number;
  givenUp: number;
  previousUntil: Date | null;
  madeBy: string;
  madeAt: Date;
}

/** An event that it was put on without. */
export interface SeenAside {
  cursor: string;
  kind: SubmissionEventType;
  taxReturnId: string;
  submissionId: string | null;
  recordedAt: Date;
  tries: number;
  reason: CallReason;
  status: number | null;
  since: Date;
  /** Null: given up. */
  dueAt: Date | null;
}

const ASIDES_SHOWN = 100;

/** How call-backs stand, for people. */
@Injectable()
export class CallBackLooks {
  constructor(private readonly prisma: PrismaService) {}

  /** By name. */
  list(): Promise<SeenCallBack[]> {
    return this.seen(Prisma.empty);
  }

  async find(name: string): Promise<SeenCallBack | undefined> {
    return (await this.seen(Prisma.sql`WHERE c.name = ${name}`))[0];
  }

  /** What it was put on without: first what was given up, the oldest first, at most a hundred. */
  async asides(name: string): Promise<SeenAside[]> {
    const rows = await this.prisma.$queryRaw<(SeenAside & FeedPlace)[]>`
      SELECT ${Prisma.raw(FEED_COLUMNS)}, a.tries, a.reason, a.status, a.since, a.due_at AS "dueAt"
      FROM call_back_asides a ${Prisma.raw(EVENT_ASIDE)}
      WHERE a.name = ${name} ORDER BY a.due_at NULLS FIRST, a.sequence LIMIT ${ASIDES_SHOWN}`;
    return rows.map(({ xid, sequence, kind, taxReturnId, submissionId, recordedAt, ...row }) => ({
      cursor: cursorOf({ xid, sequence }),
      kind,
      taxReturnId,
      submissionId,
      recordedAt,
      tries: row.tries,
      reason: row.reason,
      status: row.status,
      since: row.since,
      dueAt: row.dueAt,
    }));
  }

  private async seen(which: Prisma.Sql): Promise<SeenCallBack[]> {
    const rows = await this.prisma.$queryRaw<(Omit<SeenCallBack, 'cursor'> & FeedPlace)[]>`
      SELECT c.name, c.url, c.kinds, c.state, c.reason, c.status, c.failures, c.failing_since AS "failingSince", c.due_at AS "dueAt",
        c.told_at AS "toldAt", c.after_xid::text AS xid, c.after_sequence::text AS sequence,
        (SELECT e.recorded_at FROM submission_events e
         WHERE (e.xid, e.sequence) > (c.after_xid::text::xid8, c.after_sequence) AND ${Prisma.raw(SETTLED)}
         ORDER BY e.xid, e.sequence LIMIT 1) AS "behindSince",
        (SELECT count(*) FROM call_back_asides a WHERE a.name = c.name AND a.due_at IS NOT NULL)::int AS aside,
        (SELECT count(*) FROM call_back_asides a WHERE a.name = c.name AND a.due_at IS NULL)::int AS "givenUp",
        CASE WHEN c.previous_until > now() THEN c.previous_until END AS "previousUntil", c.made_by AS "madeBy", c.made_at AS "madeAt"
      FROM call_backs c ${which} ORDER BY c.name`;
    return rows.map(({ xid, sequence, ...row }) => ({ ...row, cursor: cursorOf({ xid, sequence }) }));
  }
}
