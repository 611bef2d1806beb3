import { Inject, Injectable, Logger } from '@nestjs/common';
import { Batcher, Prepared, PrismaService, Sealer, SETTINGS } from '#libs/platform/index.js';
import type { Settings, SubmissionEventType } from '#libs/platform/index.js';
import { isUuid } from '../terms/fields.js';
import type { RejectionCode } from '../terms/fields.js';
import { openCodes } from './kept.codes.js';
import type { KeptCodes } from './kept.codes.js';
import type { ReturnHistory } from './return.history.js';
import { statusOf } from './return.status.js';
import type { ReturnStatus } from './return.status.js';
import { OWNERS } from './return.store.js';

/** What became of a return, as of one moment. */
export interface KnownStatus extends ReturnStatus {
  taxReturnId: string;
  /** Of the facts that it is made of: the same revision is the same answer. */
  revision: string;
  taxYear: number;
  /** Why the authority rejected it; none unless it did. */
  rejectionCodes: RejectionCode[];
  /** The ids of its submissions that the authority knows. */
  submissionIds: string[];
}

/** As much as it takes to say that nothing has changed. */
export interface Revision {
  taxReturnId: string;
  revision: string;
}

/** Returns or submissions that are looked up in one round trip. */
const AT_ONCE = 100;

/** Answers what became of returns, from what is recorded here and from nothing else. */
@Injectable()
export class StatusService {
  private readonly logger = new Logger(StatusService.name);
  private readonly revisions = new Batcher((ids: string[]) => this.revisionsOf(ids), AT_ONCE);
  private readonly owners = new Batcher((ids: string[]) => this.ownersOf(ids), AT_ONCE);

  constructor(
    private readonly prisma: PrismaService,
    private readonly sealer: Sealer,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Undefined when no such return, or no submission of it, is known. */
  async of(taxReturnId: string): Promise<KnownStatus | undefined> {
    return (await this.ofEach([taxReturnId])).get(taxReturnId);
  }

  /** In one round trip and as of one moment. Those of which no submission is known are missing. */
  async ofEach(taxReturnIds: string[]): Promise<Map<string, KnownStatus>> {
    const known = await this.recordedOf(taxReturnIds);
    if (known.length > 0) await this.agree(known);
    return new Map(known.map((status) => [status.taxReturnId, status]));
  }

  /** What is recorded, for whoever agrees with the others before anybody sees it. */
  async recorded(taxReturnId: string): Promise<KnownStatus | undefined> {
    const [known] = await this.recordedOf([taxReturnId]);
    return known;
  }

  /** Who sees to it that nobody is given an older answer than one that has been given from here. */
  private agree: (known: readonly Revision[]) => Promise<void> = () => Promise.resolve();

  beforeAnswers(agree: (known: readonly Revision[]) => Promise<void>): void {
    this.agree = agree;
  }

  /** Undefined when no such return, or no submission of it, is known. */
  revisionOf(taxReturnId: string): Promise<Revision | undefined> {
    return this.revisions.call(taxReturnId);
  }

  /**
   * Whose a submission is, which never changes. @param id the authority's, or our own for a submission that has none; `isTheirs` tells
   * which.
   */
  async ownerOf(id: string): Promise<{ taxReturnId: string; isTheirs: boolean } | undefined> {
    const theirs = await this.owners.call(id);
    if (theirs !== undefined) return { taxReturnId: theirs, isTheirs: true };
    if (!isUuid(id)) return undefined;
    const ours = await this.prisma.submission.findUnique({ where: { id }, select: { taxReturnId: true } });
    return ours ? { taxReturnId: ours.taxReturnId, isTheirs: false } : undefined;
  }

  private async revisionsOf(taxReturnIds: string[]): Promise<(Revision | undefined)[]> {
    const rows = await KNOWN_REVISIONS.run(this.prisma.pool, taxReturnIds);
    const found = new Map(rows.map((row) => [row.taxReturnId, row]));
    return taxReturnIds.map((id) => found.get(id));
  }

  private async ownersOf(submissionIds: string[]): Promise<(string | undefined)[]> {
    const rows = await OWNERS.run(this.prisma.pool, submissionIds);
    const found = new Map(rows.map(({ submissionId, taxReturnId }) => [submissionId, taxReturnId]));
    return submissionIds.map((id) => found.get(id));
  }

  private async recordedOf(taxReturnIds: string[]): Promise<KnownStatus[]> {
    const rows = await STATUSES.run(this.prisma.pool, taxReturnIds);
    return rows.map((row) => this.read(row)).filter((status) => status !== undefined);
  }

  private read({ taxReturnId, revision, taxYear, submissions }: StatusRow): KnownStatus | undefined {
    const status = statusOf({ taxReturnId, submissions: submissions.map(historyOf) });
    if (!status) return undefined;
    const kept = submissions.find(([id]) => id === status.counting.id)?.[6];
    return {
      ...status,
      taxReturnId,
      revision,
      taxYear: taxYear ?? this.settings.TAX_YEAR,
      rejectionCodes: status.status === 'Rejected' && kept ? this.open(kept) : [],
      submissionIds: submissions.map(([, id]) => id).filter((id) => id !== null),
    };
  }

  private open(kept: KeptCodes): RejectionCode[] {
    return openCodes(this.sealer, kept, (error) =>
      this.logger.error({
        message: 'The words of a rejection cannot be opened; they are left out',
        submissionId: kept.submissionId,
        err: error,
      }),
    );
  }
}

/** A submission, its events, each with its type, its source and when it was recorded, and its codes. */
type SubmissionCells = [
  id: string,
  submissionId: string | null,
  receiptId: string | null,
  receivedAt: string | null,
  createdAt: string,
  events: [SubmissionEventType, string, string][],
  codes: KeptCodes | null,
];

interface StatusRow extends Revision {
  taxYear: number | null;
  submissions: SubmissionCells[];
}

function historyOf([
  id,
  submissionId,
  receiptId,
  receivedAt,
  createdAt,
  events,
]: SubmissionCells): ReturnHistory['submissions'][number] {
  return {
    id,
    submissionId,
    receiptId,
    submissionReceivedAt: receivedAt === null ? null : new Date(receivedAt),
    createdAt: new Date(createdAt),
    events: events.map(([type, source, recordedAt]) => ({ type, source, recordedAt: new Date(recordedAt) })),
  };
}

/** One statement, so that all of it is of one moment. The sum keeps it from the index on sequence. */
export const STATUSES = new Prepared<[taxReturnIds: string[]], StatusRow>(
  'statuses',
  `SELECT t.id AS "taxReturnId", t.revision::text, t.tax_year AS "taxYear",
     (SELECT coalesce(jsonb_agg(jsonb_build_array(
        s.id, s.submission_id, s.receipt_id, s.submission_received_at, s.created_at,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(e.type, e.source, e.recorded_at) ORDER BY e.sequence + 0), '[]')
         FROM submission_events e WHERE e.submission_uuid = s.id),
        (SELECT jsonb_build_object('submissionId', c.submission_id, 'codes', c.codes, 'fullCodes', c.full_codes)
         FROM rejection_codes c WHERE c.submission_id = s.submission_id))), '[]')
      FROM submissions s WHERE s.tax_return_id = t.id) AS submissions
   FROM tax_returns t WHERE t.id = ANY($1::uuid[])`,
);

/** The limit keeps it from all submissions. */
export const KNOWN_REVISIONS = new Prepared<[taxReturnIds: string[]], Revision>(
  'known revisions',
  `SELECT t.id AS "taxReturnId", t.revision::text FROM tax_returns t
   WHERE t.id = ANY($1::uuid[]) AND (SELECT true FROM submissions s WHERE s.tax_return_id = t.id LIMIT 1)`,
);
