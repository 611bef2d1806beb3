import { Injectable } from '@nestjs/common';
import { Prepared, Sealer, SealError } from '#libs/platform/index.js';
import type { Session } from '#libs/platform/index.js';
import { ReturnStore } from '../returns/return.store.js';
import { addressHashesOf } from '../terms/address.hash.js';
import type { WorkingBatch } from './batch.turns.js';
import { occurrenceOf, subjectOf, workOf } from './batch.actions.js';
import type { RowFacts } from './batch.rules.js';

/** What is known of whom a row names, and who that is. */
export interface Found extends RowFacts {
  taxReturnId: string;
  /** Where both are known. A confirmation is about a submission, so it has none. */
  person?: Person;
}

/** Two returns of one user and tax year are one person's. */
export interface Person {
  userId: string;
  taxYear: number;
}

/** Reads for many rows together what decides about each: a few statements, however many rows. */
@Injectable()
export class BatchFacts {
  constructor(
    private readonly returns: ReturnStore,
    private readonly sealer: Sealer,
  ) {}

  /** By subject. Whoever is not in it is unknown. */
  async of(
    on: Session,
    batch: Pick<WorkingBatch, 'action' | 'topic' | 'campaign'>,
    subjects: string[],
  ): Promise<Map<string, Found>> {
    const byReturn = subjectOf(batch.action) === 'taxReturnId';
    const rows = byReturn ? await RETURNS.run(on, subjects) : await RETURNS_OF_SUBMISSIONS.run(on, subjects);
    const ids = [...new Set(rows.map(({ id }) => id))];
    const histories = new Map((await this.returns.readAll(on, ids)).map((one) => [one.taxReturnId, one]));
    const asked = await this.askedOf(on, batch, ids);
    const suppressed = await this.suppressedOf(on, rows);
    return new Map(
      rows.map((row): [string, Found] => [
        row.subject,
        {
          taxReturnId: row.id,
          history: histories.get(row.id) ?? { taxReturnId: row.id, submissions: [] },
          isAsked: asked.has(row.id),
          hasAddress: row.email !== null || row.accountEmail !== null,
          isSuppressed: suppressed.has(row.id),
          person: byReturn ? personOf(row) : undefined,
        },
      ]),
    );
  }

  private async askedOf(
    on: Session,
    { action, topic, campaign }: Pick<WorkingBatch, 'action' | 'topic' | 'campaign'>,
    ids: string[],
  ): Promise<Set<string>> {
    const work = workOf(action);
    if (!('template' in work) || campaign === null) return new Set();
    const rows = await ASKED.run(on, ids, work.template, occurrenceOf(campaign, topic));
    return new Set(rows.map(({ id }) => id));
  }

  /** Those whose first address nothing is sent to. Where no suppression holds, no address has to be opened. */
  private async suppressedOf(on: Session, rows: Known[]): Promise<Set<string>> {
    const [any] = await ANY_SUPPRESSION.run(on);
    if (!any?.held) return new Set();
    const owners = new Map(rows.flatMap((row) => this.hashesOf(row).map((hash) => [hash, row.id] as const)));
    const held = await SUPPRESSED.run(on, [...owners.keys()]);
    return new Set(held.map(({ hash }) => owners.get(hash) ?? ''));
  }

  private hashesOf({ id, email, accountEmail }: Known): string[] {
    const [sealed, column] = email === null ? [accountEmail, 'account_email'] : [email, 'email'];
    if (sealed === null) return [];
    try {
      return addressHashesOf(this.sealer, this.sealer.open(sealed, `tax_returns.${column}:${id}`));
    } catch (error) {
      // The mail itself will say so.
      if (error instanceof SealError) return [];
      throw error;
    }
  }
}

interface Known {
  subject: string;
  id: string;
  userId: string | null;
  taxYear: number | null;
  email: string | null;
  accountEmail: string | null;
}

function personOf({ userId, taxYear }: Known): Person | undefined {
  return userId === null || taxYear === null ? undefined : { userId, taxYear };
}

const KNOWN =
  't.id, t.user_id AS "userId", t.tax_year AS "taxYear", t.email, t.account_email AS "accountEmail"';

export const RETURNS = new Prepared<[ids: string[]], Known>(
  'batch returns',
  `SELECT t.id::text AS subject, ${KNOWN} FROM tax_returns t WHERE t.id = ANY($1::uuid[])`,
);

export const RETURNS_OF_SUBMISSIONS = new Prepared<[submissionIds: string[]], Known>(
  'batch returns of submissions',
  `SELECT s.submission_id AS subject, ${KNOWN} FROM submissions s
   JOIN LATERAL (SELECT * FROM tax_returns WHERE id = s.tax_return_id LIMIT 1) t ON true
   WHERE s.submission_id = ANY($1::text[])`,
);

export const ASKED = new Prepared<[ids: string[], template: string, occurrence: string], { id: string }>(
  'batch asked',
  `SELECT tax_return_id AS id FROM notifications
   WHERE tax_return_id = ANY($1::uuid[]) AND template = $2::text AND occurrence = $3::text`,
);

const HOLDS = 'lifted_at IS NULL AND expires_at > now()';

export const ANY_SUPPRESSION = new Prepared<[], { held: boolean }>(
  'batch any suppression',
  `SELECT EXISTS (SELECT 1 FROM suppressions WHERE ${HOLDS}) AS held`,
);

export const SUPPRESSED = new Prepared<[hashes: string[]], { hash: string }>(
  'batch suppressed',
  `SELECT address_hash AS hash FROM suppressions WHERE address_hash = ANY($1::text[]) AND ${HOLDS}`,
);
