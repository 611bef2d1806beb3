import { Injectable } from '@nestjs/common';
import { Prepared } from '#libs/platform/index.js';
import type { Session, SubmissionEventType } from '#libs/platform/index.js';
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
  async lock(session: Session, named: Named[]): Promise<(entry: Named) => LockedReturn | undefined> {
    const submissionIds = distinct(named.map((entry) => entry.submissionId));
    const owners = await this.ownersOf(session, submissionIds);
    const locked = await this.lockReturns(
      session,
      distinct([...owners.values(), ...named.map((entry) => entry.taxReturnId)]),
    );
    const find = (entry: Named) =>
      locked.get(owners.get(entry.submissionId ?? '') ?? '') ?? locked.get(entry.taxReturnId ?? '');

    // Each looked for as what it is named as: a submission may be called what some return is called.
    const strangeSubmissions = submissionIds.filter((id) => !owners.has(id));
    const strangeReturns = distinct(named.map((entry) => entry.taxReturnId)).filter((id) => !locked.has(id));
    if (strangeSubmissions.length + strangeReturns.length > 0) {
      await lockNames(session, distinct([...strangeSubmissions, ...strangeReturns]));
      const late = await this.ownersOf(session, strangeSubmissions);
      const returns = await KNOWN_RETURNS.run(session, strangeReturns);
      if (late.size > 0 || returns.length > 0) throw new TurnedUpMeanwhile();
    }
    return find;
  }

  /** The history of one return without a lock, to read. */
  async read(session: Session, taxReturnId: string): Promise<ReturnHistory> {
    return { taxReturnId, submissions: await submissionsOf(session, [taxReturnId]) };
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

  private async ownersOf(session: Session, submissionIds: string[]): Promise<Map<string, string>> {
    if (submissionIds.length === 0) return new Map();
    const rows = await OWNERS.run(session, submissionIds);
    return new Map(rows.map((row) => [row.submissionId, row.taxReturnId]));
  }

  private async lockReturns(session: Session, ids: string[]): Promise<Map<string, LockedReturn>> {
    if (ids.length === 0) return new Map();
    const rows = await LOCK_RETURNS.run(session, ids);
    const submissions = await submissionsOf(
      session,
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
export async function lockNames(session: Session, names: string[]): Promise<void> {
  await LOCK_NAMES.run(session, names);
}

const LOCK_NAMES = new Prepared<[names: string[]], never>(
  'lock names',
  `SELECT count(pg_advisory_xact_lock(key))::int FROM (
     SELECT hashtextextended(name, 0) AS key FROM unnest($1::text[]) AS name ORDER BY 1
   ) AS keys`,
);

export const OWNERS = new Prepared<[submissionIds: string[]], { submissionId: string; taxReturnId: string }>(
  'owners',
  `SELECT submission_id AS "submissionId", tax_return_id AS "taxReturnId"
   FROM submissions WHERE submission_id = ANY($1::text[])`,
);

export const LOCK_RETURNS = new Prepared<[ids: string[]], { id: string; user_id: string | null }>(
  'lock returns',
  `SELECT id, user_id FROM tax_returns WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`,
);

export const KNOWN_RETURNS = new Prepared<[ids: string[]], { id: string }>(
  'known returns',
  `SELECT id FROM tax_returns WHERE id = ANY($1::uuid[])`,
);

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
          (SELECT coalesce(json_agg(json_build_array(e.type, e.source, e.recorded_at) ORDER BY e.sequence + 0), '[]')
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
