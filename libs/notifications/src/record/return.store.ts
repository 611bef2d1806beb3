import { Injectable } from '@nestjs/common';
import type { Transaction } from '#libs/platform/index.js';
import type { ReturnHistory } from './return.history.js';

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

  /** The history of one return without a lock, to read or to ask whether a mail is still due. */
  async read(tx: Transaction, taxReturnId: string): Promise<ReturnHistory> {
    return { taxReturnId, submissions: await submissionsOf(tx, [taxReturnId]) };
  }

  private async ownersOf(tx: Transaction, submissionIds: string[]): Promise<Map<string, string>> {
    if (submissionIds.length === 0) return new Map();
    const rows = await tx.submission.findMany({
      where: { submissionId: { in: submissionIds } },
      select: { submissionId: true, taxReturnId: true },
    });
    return new Map(rows.map((row) => [row.submissionId ?? '', row.taxReturnId]));
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

function submissionsOf(tx: Transaction, taxReturnIds: string[]) {
  return tx.submission.findMany({
    where: { taxReturnId: { in: taxReturnIds } },
    select: {
      id: true,
      taxReturnId: true,
      submissionId: true,
      receiptId: true,
      submissionReceivedAt: true,
      createdAt: true,
      events: { select: { type: true, source: true, recordedAt: true }, orderBy: { sequence: 'asc' } },
    },
  });
}

function distinct(values: (string | undefined)[]): string[] {
  return [...new Set(values.filter((value) => value !== undefined))];
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}
