import { Injectable } from '@nestjs/common';
import { Prepared } from '#libs/platform/index.js';
import type { Session, SubmissionEventType, Transaction } from '#libs/platform/index.js';
import type { ReturnHistory, SubmissionHistory } from './return.history.js';

/** A tax return whose row is locked, with all that is known of it. */
export interface LockedReturn extends ReturnHistory {
  userId: string | null;
}

/** Which return or submission an entry names. */
export interface Named {
  taxReturnId?: string;
  submissionId?: string;
}

/** Something named turned up between look-up and lock: begin the transaction again. */
export class TurnedUpMeanwhile extends Error {}

/** Reads histories under lock, so that two workers never decide about one return at the same time. */
@Injectable()
export class ReturnStore {
  /**
   * Locks the tax returns that are named (sorted by id, so that nobody waits in a circle) and reads their histories.
   * Whatever is not known is locked by name, so that it cannot be registered unseen while it is parked.
   * @throws TurnedUpMeanwhile when something was registered between look-up and lock.
   */
  async lock(tx: Transaction, named: Named[]): Promise<(entry: Named) => LockedReturn | undefined> {
    const submissionIds = distinct(named.map((entry) => entry.submissionId));
    const owners = await this.ownersOf(tx, submissionIds);
    const locked = await this.lockReturns(
      tx,
      distinct([...owners.values(), ...named.map((entry) => entry.taxReturnId)]),
    );
    const find = (entry: Named) =>
      locked.get(owners.get(entry.submissionId ?? '') ?? '') ?? locked.get(entry.taxReturnId ?? '');

    const strangers = distinct([
      ...submissionIds.filter((id) => !owners.has(id)),
      ...named.map((entry) => entry.taxReturnId).filter((id) => !locked.has(id ?? '')),
    ]);
    if (strangers.length > 0) {
      await lockNames(tx, strangers);
      const late = await this.ownersOf(tx, strangers);
      const returns = await tx.taxReturn.count({ where: { id: { in: strangers.filter(isUuid) } } });
      if (late.size > 0 || returns > 0) throw new TurnedUpMeanwhile();
    }
    return find;
  }

  /** The history of one return without a lock, to read. */
  async read(tx: Transaction, taxReturnId: string): Promise<ReturnHistory> {
    return { taxReturnId, submissions: await submissionsOf(tx, [taxReturnId]) };
  }

  /** The histories of many returns without a lock, in one round trip: to ask whether mails are still due. */
  async readAll(session: Session, taxReturnIds: string[]): Promise<ReturnHistory[]> {
    const histories = new Map(
      taxReturnIds.map((taxReturnId): [string, ReturnHistory] => [
        taxReturnId,
        { taxReturnId, submissions: [] },
      ]),
    );
    for (const submission of await submissionsOf(session, [...histories.keys()]))
      histories.get(submission.taxReturnId)?.submissions.push(submission);
    return taxReturnIds.map((id) => histories.get(id) ?? { taxReturnId: id, submissions: [] });
  }

  private async ownersOf(tx: Transaction, submissionIds: string[]): Promise<Map<string, string>> {
    if (submissionIds.length === 0) return new Map();
    const rows = await tx.$queryRaw<{ submissionId: string; taxReturnId: string }[]>`
      SELECT submission_id AS "submissionId", tax_return_id AS "taxReturnId"
      FROM submissions WHERE submission_id = ANY(${submissionIds})`;
    return new Map(rows.map((row) => [row.submissionId, row.taxReturnId]));
  }

  private async lockReturns(tx: Transaction, ids: string[]): Promise<Map<string, LockedReturn>> {
    if (ids.length === 0) return new Map();
    const rows = await tx.$queryRaw<{ id: string; user_id: string | null }[]>`
      SELECT id, user_id FROM tax_returns WHERE id = ANY(${ids}::uuid[]) ORDER BY id FOR NO KEY UPDATE`;
    const submissions = await submissionsOf(
      tx,
      rows.map((row) => row.id),
    );
    const locked = new Map(
      rows.map((row): [string, LockedReturn] => [
        row.id,
        { taxReturnId: row.id, userId: row.user_id, submissions: [] },
      ]),
    );
    for (const { taxReturnId, ...submission } of submissions)
      locked.get(taxReturnId)?.submissions.push(submission);
    return locked;
  }
}

/** Until the end of the transaction nobody else parks or registers these names. */
export async function lockNames(tx: Transaction, names: string[]): Promise<void> {
  await tx.$queryRaw`
    SELECT count(pg_advisory_xact_lock(key)) FROM (
      SELECT hashtextextended(name, 0) AS key FROM unnest(${names}::text[]) AS name ORDER BY 1
    ) AS keys`;
}

async function submissionsOf(
  session: Session,
  taxReturnIds: string[],
): Promise<(SubmissionHistory & { taxReturnId: string })[]> {
  const rows = await SUBMISSIONS.run(session, taxReturnIds);
  return rows.map((row) => ({
    ...row,
    events: row.events.map(([type, source, recordedAt]) => ({
      type,
      source,
      recordedAt: new Date(recordedAt),
    })),
  }));
}

/** One statement: it is asked for every entry that comes and every mail that goes. The sum keeps it from the index on sequence. */
export const SUBMISSIONS = new Prepared<[taxReturnIds: string[]], SubmissionRow>(
  'submissions',
  `SELECT s.id, s.tax_return_id AS "taxReturnId", s.submission_id AS "submissionId", s.receipt_id AS "receiptId",
          s.submission_received_at AS "submissionReceivedAt", s.created_at AS "createdAt",
          (SELECT coalesce(jsonb_agg(jsonb_build_array(e.type, e.source, e.recorded_at) ORDER BY e.sequence + 0), '[]')
           FROM submission_events e WHERE e.submission_uuid = s.id) AS events
   FROM submissions s WHERE s.tax_return_id = ANY($1::uuid[])`,
);

type SubmissionRow = Omit<SubmissionHistory, 'events'> & {
  taxReturnId: string;
  events: [SubmissionEventType, string, string][];
};

function distinct(values: (string | undefined)[]): string[] {
  return [...new Set(values.filter((value) => value !== undefined))];
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}
