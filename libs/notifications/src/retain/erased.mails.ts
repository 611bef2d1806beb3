import { Prepared } from '#libs/platform/index.js';
import type { Session } from '#libs/platform/index.js';

/**
 * Takes away whom mails went to, what they said, and what servers said of their addresses. What stays proves that somebody was told:
 * which mail, in which version and language, by which relay and when, its answer where it took the mail, and what came back when.
 * @param ids of mails whose rows the caller holds, and that no worker has in hand.
 * @param withOwner also the backend's name for the owner.
 */
export async function eraseMails(session: Session, ids: string[], withOwner: boolean): Promise<void> {
  if (ids.length === 0) return;
  await ERASE_TRIES.run(session, ids);
  await ERASE_RECEIPTS.run(session, ids);
  await ERASE_MAILS.run(session, ids, withOwner);
}

/** What a relay says when it takes a mail is the proof; when it does not, it speaks of the mailbox. */
export const ERASE_TRIES = new Prepared<[ids: string[]], never>(
  'erase tries',
  `UPDATE deliveries d
   SET "values" = NULL, address_hash = NULL, response = CASE WHEN d.outcome = 'accepted' THEN d.response END
   WHERE d.notification_id = ANY($1::uuid[])`,
);

/** The database lets nothing else be changed of a receipt. */
export const ERASE_RECEIPTS = new Prepared<[ids: string[]], never>(
  'erase receipts',
  `UPDATE mail_receipts r SET address_hash = NULL, diagnostic = NULL
   WHERE r.notification_id = ANY($1::uuid[]) AND coalesce(r.address_hash, r.diagnostic) IS NOT NULL`,
);

export const ERASE_MAILS = new Prepared<[ids: string[], withOwner: boolean], never>(
  'erase mails',
  `UPDATE notifications n
   SET address = NULL, context = NULL, user_id = CASE WHEN $2::boolean THEN NULL ELSE n.user_id END, erased_at = now()
   WHERE n.id = ANY($1::uuid[])`,
);
