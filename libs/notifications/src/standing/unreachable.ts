import { Prepared } from '#libs/platform/index.js';
import { failureText } from './told.js';

/** Whose an address is: it was given with the ask for this mail, for its return, or for the account. */
export const ADDRESS_OWNERS = ['mail', 'return', 'account'] as const;
export type AddressOwner = (typeof ADDRESS_OWNERS)[number];

/** An address that somebody gave for a mail, by whose it is. */
export interface KnownAddress {
  of: AddressOwner;
  /** Why no mail goes there: why it is suppressed, or `refused` by the relay for good. Null: nothing is known against it. */
  against: string | null;
}

/**
 * Has a mail nowhere to go? Nobody gave an address, or something speaks against each of them. One that cannot be opened is not known
 * to take no mail. Of an untold mail: it is on the list of those that a person has to tell by a letter or a call.
 * @param known each address once.
 */
export function hasNoAddressLeft(known: readonly KnownAddress[]): boolean {
  return known.every(({ against }) => against !== null);
}

/** A mail whose taxpayer is untold, with the addresses that were given, sealed. */
export interface UntoldMail {
  id: string;
  taxReturnId: string;
  submissionUuid: string | null;
  submissionId: string | null;
  userId: string | null;
  taxYear: number | null;
  template: string;
  stage: string | null;
  requestedAt: Date;
  toAccount: boolean;
  address: string | null;
  email: string | null;
  accountEmail: string | null;
}

/** Before the first mail that was ever asked for. */
export const FIRST_PLACE = { at: '-infinity', id: '00000000-0000-0000-0000-000000000000' };

/**
 * A part of the untold, by their standing alone, the longest wait first. They are found by the index of what is not told, and
 * each of their returns and submissions by its id.
 * @param inProcessSince what was opened after it and is on its way is in process.
 */
export const UNTOLD = new Prepared<
  [after: string, afterId: string, inProcessSince: Date, limit: number],
  UntoldMail
>(
  'untold',
  `WITH untold AS (
     SELECT * FROM notifications n
     WHERE ${failureText('$3')} AND (n.requested_at, n.id) > ($1::timestamptz, $2::uuid)
     ORDER BY n.requested_at, n.id LIMIT $4::int
   )
   SELECT n.id, n.tax_return_id AS "taxReturnId", n.submission_uuid AS "submissionUuid",
          coalesce(n.submission_id, s.submission_id) AS "submissionId", coalesce(n.user_id, t.user_id) AS "userId",
          t.tax_year AS "taxYear", n.template, n.stage, n.requested_at AS "requestedAt", n.to_account AS "toAccount",
          n.address, t.email, t.account_email AS "accountEmail"
   FROM untold n
   LEFT JOIN LATERAL (SELECT * FROM tax_returns WHERE id = n.tax_return_id LIMIT 1) t ON true
   LEFT JOIN LATERAL (
     SELECT submission_id FROM submissions WHERE tax_return_id = n.tax_return_id AND id = n.submission_uuid LIMIT 1) s ON true
   ORDER BY n.requested_at, n.id`,
);
