import { Prepared } from '#libs/platform/index.js';
import type { InTransaction } from '#libs/platform/index.js';
import type { SendMailEntry } from '../terms/entries.js';
import { lockNames } from '../returns/return.store.js';
import type { MailRequest } from './notification.requests.js';

/** A mail that somebody asks for by name, whichever door the asking came by. */
export interface AskedMail extends SendMailEntry {
  occurrence?: string;
  notAfter?: Date;
  /** What the caller calls those that it asks for together. Decides nothing. */
  batchId?: string;
  /** A label for people. */
  incident?: string;
  /** The entry or the call that asks. */
  source: string;
}

/** The occurrence is the submission, known to us or not; else the very entry, so that a redelivery is the same mail. */
export async function requestsOf(tx: InTransaction, asked: AskedMail[]): Promise<MailRequest[]> {
  const uuids = await submissionsOf(tx, asked);
  return asked.map(({ emailId, submissionId, ...members }) => {
    const submissionUuid = submissionId && uuids.get(nameOf(members.taxReturnId, submissionId));
    const occurrence = members.occurrence ?? submissionUuid ?? submissionId ?? members.source;
    return { ...members, id: emailId, submissionId, submissionUuid, occurrence, isAsked: true, delay: 0 };
  });
}

/** Locks the names of those that are not known, so that their registration finds the mails that are asked for here. */
async function submissionsOf(tx: InTransaction, asked: AskedMail[]): Promise<Map<string, string>> {
  const named = asked.filter((mail) => mail.submissionId !== undefined);
  if (named.length === 0) return new Map();
  const known = await find(tx, named);
  const unknown = named.filter((mail) => !known.has(nameOf(mail.taxReturnId, mail.submissionId)));
  if (unknown.length === 0) return known;
  await lockNames(
    tx,
    unknown.flatMap(({ submissionId = [] }) => submissionId),
  );
  return new Map([...known, ...(await find(tx, unknown))]);
}

async function find(tx: InTransaction, named: AskedMail[]): Promise<Map<string, string>> {
  const rows = await NAMED.run(
    tx,
    named.flatMap(({ submissionId = [] }) => submissionId),
  );
  return new Map(rows.map((row) => [nameOf(row.taxReturnId, row.submissionId), row.id]));
}

/** A submission counts only as one of the return that was named with it. */
function nameOf(taxReturnId: string, submissionId: string | null | undefined): string {
  return `${taxReturnId}/${submissionId}`;
}

export const NAMED = new Prepared<
  [submissionIds: string[]],
  { id: string; submissionId: string; taxReturnId: string }
>(
  'submissions that mails name',
  `SELECT id, submission_id AS "submissionId", tax_return_id AS "taxReturnId"
   FROM submissions WHERE submission_id = ANY($1::text[])`,
);
