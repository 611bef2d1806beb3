import { Injectable } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import { Prepared, Prisma, Sealer } from '#libs/platform/index.js';
import type { BackupStatus, Session, SubmissionEventType, Transaction } from '#libs/platform/index.js';
import { UNDECIDED_ON_BACKUP } from '../standing/delivered.sql.js';
import { ReturnChanges } from './return.changes.js';
import type { ReturnChange } from './return.changes.js';
import type { SubmissionHistory } from './return.history.js';
import { IN_PLAIN_TEXT, SAY_ANOTHER_THING, sealCodes, WITHOUT_WORDS } from './kept.codes.js';
import type { KeptCodes } from './kept.codes.js';
import type { RejectionCode } from '../terms/fields.js';

/** What the backend tells of a return. Absent members stay as they are, null takes away. */
export interface TaxReturnRegistration {
  userId?: string | null;
  email?: string | null;
  accountEmail?: string | null;
  language?: string | null;
  taxYear?: number | null;
  createdAt?: Date;
}

/** What the backend tells of a submission. What is there already stays, but for `createdAt` and the status of the backup path. */
export interface SubmissionRegistration {
  submissionId?: string | null;
  receiptId?: string | null;
  createdAt?: Date;
  /** Where the backup path has it. Its id is set once; `accepted` stays, whatever comes later. */
  backup?: { id: string; status?: BackupStatus };
}

/** As much of a submission as a registration may add to. */
interface KnownSubmission {
  id: string;
  submissionId: string | null;
  receiptId: string | null;
  backupId: string | null;
  backupStatus: BackupStatus | null;
  createdAt: Date;
}

/** What happened to submissions. */
export interface News {
  /** Submissions that a failure opened. */
  opened?: { id: string; taxReturnId: string; createdAt: Date }[];
  /** Submissions that the authority has, with what it gave them. */
  confirmed?: Pick<SubmissionHistory, 'id' | 'submissionId' | 'receiptId' | 'submissionReceivedAt'>[];
  events?: NewEvent[];
  /** Of one submission the last ones count. It may be registered later. The authority's own words are sealed here. */
  codes?: { submissionId: string; codes: RejectionCode[] }[];
}

interface NewEvent {
  taxReturnId: string;
  submissionUuid: string;
  type: SubmissionEventType;
  occurrence: string;
  source: string;
  occurredAt: Date;
  failureCategory?: string;
  failureDetail?: string;
  /** Sealed here. */
  failureMessage?: string;
  incident?: string;
}

/** What the backup path made of those that it has under an id. */
interface BackupDecision {
  backupId: string;
  status: BackupStatus;
  /** The upstream's own word for it. */
  word: string;
}

/**
 * The one writer of the facts of a return: its registration and that of its submissions, events, receipts, rejection codes, and
 * what the backup path says. Whatever is kept of them here gives the return another `revision`, once, in the
 * transaction that writes the fact: whoever reads a revision has read what it counts. After the commit `ReturnChanges` tells of it.
 * Each is called under the lock of the return's
 * row, which it is the caller's to take (`return.store.ts`).
 *
 * What changes nothing leaves the revision alone: an entry that came before, codes that are kept already, a registration that says
 * what is known. So does what no answer about a return is made of: addresses and languages, mails, and remediations, which
 * say of a submission whether somebody has to look after it, as the time of day does.
 */
@Injectable()
export class ReturnWrites {
  constructor(
    private readonly sealer: Sealer,
    private readonly changes: ReturnChanges,
  ) {}

  /** Under a lock of the return's name, since its row may not be there. */
  async registerReturn(
    tx: Transaction,
    id: string,
    { email, accountEmail, ...plain }: TaxReturnRegistration,
  ): Promise<{ created: boolean }> {
    const members = {
      ...plain,
      ...(email === undefined ? {} : { email: this.sealer.sealOptional(email, `tax_returns.email:${id}`) }),
      ...(accountEmail === undefined
        ? {}
        : { accountEmail: this.sealer.sealOptional(accountEmail, `tax_returns.account_email:${id}`) }),
    };
    const known = await tx.taxReturn.findUnique({
      where: { id },
      select: { userId: true, taxYear: true, createdAt: true },
    });
    const isNews = !known || saysMore(plain, known);
    const { revision } = await tx.taxReturn.upsert({
      where: { id },
      create: { id, ...members, revision: 1 },
      update: {
        ...members,
        ...(email || accountEmail ? { registeredAt: new Date() } : {}),
        erasedAt: null,
        revision: { increment: isNews ? 1 : 0 },
      },
      select: { revision: true },
    });
    if (isNews) this.changes.raised(tx, [{ taxReturnId: id, revision: revision.toString() }]);
    return { created: !known };
  }

  /**
   * Opens a submission that the backend registers, with its first event.
   * @param key null where it is not the backend who tells of it: its registration gives it its key.
   * @returns our id of it.
   */
  async openSubmission(
    tx: Transaction,
    taxReturnId: string,
    key: string | null,
    { submissionId, receiptId, backup, createdAt = new Date() }: SubmissionRegistration,
  ): Promise<string> {
    const id = uuid();
    const raised = await tx.$queryRaw<ReturnChange[]>`
      WITH opened AS (
        INSERT INTO submissions (id, tax_return_id, key, submission_id, receipt_id, backup_id, backup_status, created_at)
        VALUES (${id}::uuid, ${taxReturnId}::uuid, ${key}, ${submissionId ?? null}, ${receiptId ?? null}, ${backup?.id ?? null},
                ${backup?.status ?? null}::backup_status, ${createdAt.toISOString()}::timestamptz)
        RETURNING id, tax_return_id, created_at
      ), happened AS (
        INSERT INTO submission_events (submission_uuid, type, occurrence, source, occurred_at)
        SELECT id, 'processing', '', ${`registration/${id}`}, created_at FROM opened
      )
      ${REVISE} FROM opened WHERE t.id = opened.tax_return_id ${RAISED}`;
    this.changes.raised(tx, raised);
    return id;
  }

  /** Adds to a submission what the backend tells of it. */
  async completeSubmission(
    tx: Transaction,
    known: KnownSubmission,
    key: string | null,
    { submissionId, receiptId, backup, createdAt }: SubmissionRegistration,
  ): Promise<void> {
    const backupStatus =
      known.backupStatus === 'accepted' ? 'accepted' : (backup?.status ?? known.backupStatus);
    const told = Prisma.sql`(
      ${key}::text, ${known.submissionId ?? submissionId ?? null}::text, ${known.receiptId ?? receiptId ?? null}::text,
      ${backup?.id ?? known.backupId}::text, ${backupStatus}::backup_status, ${(createdAt ?? known.createdAt).toISOString()}::timestamptz)`;
    const raised = await tx.$queryRaw<ReturnChange[]>`
      WITH completed AS (
        UPDATE submissions SET (key, submission_id, receipt_id, backup_id, backup_status, created_at) = ROW ${told}
        WHERE id = ${known.id}::uuid AND (key, submission_id, receipt_id, backup_id, backup_status, created_at) IS DISTINCT FROM ${told}
        RETURNING tax_return_id
      )
      ${REVISE} FROM completed WHERE t.id = completed.tax_return_id ${RAISED}`;
    this.changes.raised(tx, raised);
  }

  /**
   * Keeps what happened, of any number of returns.
   * @param revised returns that have another revision already by this transaction.
   * @returns those that got one now.
   */
  async keep(
    session: Session,
    { opened = [], confirmed = [], events = [], codes = [] }: News,
    revised: readonly string[] = [],
  ): Promise<string[]> {
    if (events.length === 0 && codes.length === 0) return [];
    // Before all else: what was opened a moment ago may be confirmed by the same statement.
    if (opened.length > 0) await KEEP_OPENED.run(session, JSON.stringify(opened));
    const latest = new Map(codes.map((item) => [item.submissionId, item.codes]));
    const rows = await KEEP_NEWS.run(
      session,
      events.map(({ taxReturnId }) => taxReturnId),
      confirmed.map(({ id }) => id),
      JSON.stringify(confirmed.map(wordsOfTheAuthority)),
      JSON.stringify(events.map((event) => this.sealed(event))),
      JSON.stringify([...latest].map(([submissionId, said]) => sealCodes(this.sealer, submissionId, said))),
      [...revised],
    );
    this.changes.raised(session, rows);
    return rows.map(({ taxReturnId }) => taxReturnId);
  }

  /**
   * Seals the authority's own words in rows that hold them in plain text. No answer changes by it, so no revision does.
   * @param rows whose locks are the caller's.
   */
  async sealCodes(tx: Transaction, rows: KeptCodes[]): Promise<void> {
    const sealed = rows.map(({ submissionId, codes }) => sealCodes(this.sealer, submissionId, codes));
    await tx.$executeRaw`
      UPDATE rejection_codes kept SET codes = given.codes, full_codes = given."fullCodes", codes_hash = given.hashes[1]
      FROM jsonb_to_recordset(${JSON.stringify(sealed)}::jsonb)
        AS given("submissionId" text, codes jsonb, "fullCodes" text, hashes text[])
      WHERE kept.submission_id = given."submissionId"`;
  }

  /**
   * Writes what the backup path decided to whatever is undecided still, each with a row that says so. What was decided meanwhile
   * stays as it is. The returns are locked first, here, as for all news of them: a registration that has read the row must not
   * write over this.
   * @returns the status of each submission that was decided.
   */
  async decide(tx: Transaction, decisions: BackupDecision[]): Promise<BackupStatus[]> {
    if (decisions.length === 0) return [];
    const rows = await tx.$queryRaw<(ReturnChange & { status: BackupStatus })[]>`
      WITH verdict AS (
        SELECT * FROM unnest(
          ${decisions.map(({ backupId }) => backupId)}::text[], ${decisions.map(({ status }) => status)}::backup_status[],
          ${decisions.map(({ word }) => word)}::text[]
        ) AS verdict (backup_id, status, word)
      ), held AS (
        SELECT t.id FROM tax_returns t
        WHERE t.id IN (SELECT s.tax_return_id FROM submissions s JOIN verdict USING (backup_id) WHERE ${UNDECIDED_ON_BACKUP})
        ORDER BY t.id FOR NO KEY UPDATE
      ), decided AS (
        UPDATE submissions s SET backup_status = verdict.status FROM verdict, held
        WHERE s.backup_id = verdict.backup_id AND s.tax_return_id = held.id AND ${UNDECIDED_ON_BACKUP}
        RETURNING s.id, s.tax_return_id, verdict.status, verdict.word
      ), revised AS (
        ${REVISE} FROM (SELECT DISTINCT tax_return_id FROM decided) AS news WHERE t.id = news.tax_return_id ${RAISED}
      ), said AS (
        INSERT INTO backup_verdicts (submission_uuid, status, word) SELECT id, status, word FROM decided
      )
      SELECT decided.status, revised.* FROM decided JOIN revised ON revised."taxReturnId" = decided.tax_return_id`;
    // Of one return several submissions may be decided.
    const raised = new Map(rows.map(({ taxReturnId, revision }) => [taxReturnId, revision]));
    this.changes.raised(
      tx,
      [...raised].map(([taxReturnId, revision]) => ({ taxReturnId, revision })),
    );
    return rows.map(({ status }) => status);
  }

  /**
   * Takes away whom returns are of, where they are told, and what names a person in what happened to them. That it happened, and when,
   * stays. What comes later is kept as ever, until it is erased in its turn.
   * @param withOwner also the backend's name for the owner, by which the person's other returns are found.
   */
  async erase(session: Session, taxReturnIds: string[], withOwner: boolean): Promise<void> {
    this.changes.raised(session, await ERASE_RETURNS.run(session, taxReturnIds, withOwner));
  }

  /**
   * When the upstream is asked again about submissions of the primary path. No fact of a return, so its revision stays.
   * @param wait at the least, in milliseconds. @param share of its age that a submission waits, a week at the most.
   */
  async askAgain(session: Session, submissionIds: string[], wait: number, share: number): Promise<void> {
    await ASK_AGAIN.run(session, submissionIds, wait, share);
  }

  /** Of what the authority has decided nobody asks any more. */
  async askNoMore(session: Session, submissionIds: string[]): Promise<void> {
    await ASK_NO_MORE.run(session, submissionIds);
  }

  private sealed({ failureMessage, ...event }: NewEvent) {
    const name = `submission_events.failure_message:${event.source}`;
    return { ...event, failureMessage: this.sealer.sealOptional(failureMessage, name) };
  }
}

const RAISE = 'UPDATE tax_returns t SET revision = t.revision + 1, erased_at = NULL';
const REVISE = Prisma.raw(RAISE);
const WHAT_IS_RAISED = 'RETURNING t.id AS "taxReturnId", t.revision::text';
const RAISED = Prisma.raw(WHAT_IS_RAISED);

export const ASK_AGAIN = new Prepared<[submissionIds: string[], wait: number, share: number], never>(
  'ask again',
  `UPDATE submissions s
   SET ask_at = now() + greatest($2::float8 * interval '1 millisecond', least($3::float8 * (now() - s.created_at), interval '7 days'))
   WHERE s.submission_id = ANY($1::text[])`,
);

export const ASK_NO_MORE = new Prepared<[submissionIds: string[]], never>(
  'ask no more',
  'UPDATE submissions s SET ask_at = NULL WHERE s.submission_id = ANY($1::text[])',
);

/** Submissions that a failure opens. */
export const KEEP_OPENED = new Prepared<[opened: string], never>(
  'keep opened',
  `INSERT INTO submissions (id, tax_return_id, created_at)
   SELECT id, "taxReturnId", "createdAt" FROM jsonb_to_recordset($1::jsonb) AS o(id uuid, "taxReturnId" uuid, "createdAt" timestamptz)`,
);

type KeptNews = [
  returns: string[],
  confirmedIds: string[],
  confirmed: string,
  events: string,
  codes: string,
  revised: string[],
];

/** Whatever is read is named by an array, or looked up row by row, so that no plan reads more (send/notification.statements.ts). */
export const KEEP_NEWS = new Prepared<KeptNews, ReturnChange>(
  'keep news',
  `WITH confirmed AS (
     UPDATE submissions s
     SET submission_id = r."submissionId", receipt_id = r."receiptId", submission_received_at = r."submissionReceivedAt"
     FROM jsonb_to_recordset($3::jsonb)
       AS r(id uuid, "submissionId" text, "receiptId" text, "submissionReceivedAt" timestamptz)
     WHERE s.tax_return_id = ANY($1::uuid[]) AND s.id = ANY($2::uuid[]) AND s.id = r.id
   ), happened AS (
     INSERT INTO submission_events (submission_uuid, type, occurrence, source, occurred_at, failure_category, failure_detail,
                                    failure_message, incident)
     SELECT "submissionUuid", type, occurrence, source, "occurredAt", "failureCategory", "failureDetail", "failureMessage", incident
     FROM jsonb_to_recordset($4::jsonb)
       AS e("submissionUuid" uuid, type submission_event_type, occurrence text, source text, "occurredAt" timestamptz,
            "failureCategory" text, "failureDetail" text, "failureMessage" text, incident text)
   ), given AS (
     SELECT * FROM jsonb_to_recordset($5::jsonb)
       AS c("submissionId" text, codes jsonb, "fullCodes" text, hashes text[], masked jsonb)
   ), coded AS (
     INSERT INTO rejection_codes AS kept (submission_id, codes, full_codes, codes_hash, updated_at)
     SELECT "submissionId", codes, "fullCodes", hashes[1], now() FROM given
     ON CONFLICT (submission_id) DO UPDATE
     SET codes = excluded.codes, full_codes = excluded.full_codes, codes_hash = excluded.codes_hash, updated_at = now()
     WHERE (SELECT ${SAY_ANOTHER_THING} FROM given WHERE given."submissionId" = kept.submission_id)
     RETURNING submission_id
   ), news AS (
     SELECT unnest($1::uuid[]) AS id
     UNION SELECT (SELECT s.tax_return_id FROM submissions s WHERE s.submission_id = coded.submission_id) FROM coded
   )
   ${RAISE} WHERE t.id = ANY(ARRAY(SELECT id FROM news)) AND t.id <> ALL ($6::uuid[]) ${WHAT_IS_RAISED}`,
);

/** Without the hash of its words, a message that comes again would bring them back. */
export const ERASE_RETURNS = new Prepared<[taxReturnIds: string[], withOwner: boolean], ReturnChange>(
  'erase returns',
  `WITH ours AS (
     SELECT id, submission_id FROM submissions WHERE tax_return_id = ANY($1::uuid[])
   ), happened AS (
     UPDATE submission_events e SET failure_message = NULL, failure_detail = NULL
     WHERE e.submission_uuid = ANY(ARRAY(SELECT id FROM ours)) AND coalesce(e.failure_message, e.failure_detail) IS NOT NULL
   ), coded AS (
     UPDATE rejection_codes kept SET full_codes = NULL, codes = ${WITHOUT_WORDS}
     WHERE kept.submission_id = ANY(ARRAY(SELECT submission_id FROM ours)) AND (kept.full_codes IS NOT NULL OR ${IN_PLAIN_TEXT})
   )
   UPDATE tax_returns t
   SET revision = t.revision + 1, email = NULL, account_email = NULL, language = NULL, erased_at = now(),
       user_id = CASE WHEN $2::boolean THEN NULL ELSE t.user_id END
   WHERE t.id = ANY($1::uuid[]) ${WHAT_IS_RAISED}`,
);

/** Without its events, of which there may be many. */
function wordsOfTheAuthority({
  id,
  submissionId,
  receiptId,
  submissionReceivedAt,
}: NonNullable<News['confirmed']>[number]) {
  return { id, submissionId, receiptId, submissionReceivedAt };
}

type Owned = Pick<TaxReturnRegistration, 'userId' | 'taxYear' | 'createdAt'>;

/** Does a registration say another thing than what is known? Whom it is sent to does not count. */
function saysMore({ userId, taxYear, createdAt }: Owned, known: Owned): boolean {
  return (
    (userId !== undefined && userId !== known.userId) ||
    (taxYear !== undefined && taxYear !== known.taxYear) ||
    (createdAt !== undefined && createdAt.getTime() !== known.createdAt?.getTime())
  );
}
