import { Injectable } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import { Prepared, Sealer } from '#libs/platform/index.js';
import type { Session } from '#libs/platform/index.js';
import { NO_ADDRESS } from '../send/notification.reason.js';
import type { QueuedRow } from '../send/send.queue.js';
import type { Stage, Template } from '../terms/mail.kinds.js';

/** One mail that somebody owes a taxpayer. */
export interface MailRequest {
  /** The id that the caller chose; ours when absent. */
  id?: string;
  taxReturnId: string;
  template: Template;
  occurrence: string;
  stage?: Stage;
  submissionUuid?: string;
  submissionId?: string;
  userId?: string;
  /** Wins over the directory's. */
  language?: string;
  /** Wins over the directory's. */
  address?: string;
  context?: Record<string, unknown>;
  notAfter?: Date;
  batchId?: string;
  incident?: string;
  /** The entry that asks. */
  source: string;
  /** By name, not by what happened: no event withholds it. */
  isAsked?: boolean;
  /** What a person decided not to ask when its turn comes. */
  overruled?: readonly string[];
  /** To the account's address alone. */
  toAccount?: boolean;
  /**
   * Whoever asks has found it true under the lock of its return. Where nobody gave an address it ends as that at once, as it would when
   * its turn comes, and takes no turn: of a long list there may be hundreds of thousands.
   */
  isTrue?: boolean;
  /** Milliseconds from now. */
  delay: number;
}

export interface RequestedMail extends QueuedRow {
  created: boolean;
  /** The entry that last asked for it. */
  source: string;
  /** Milliseconds until it is due; zero or less when it is due now. */
  wait: number;
}

/** The one door through which every mail is asked for. Asking again for the same occurrence changes nothing. */
@Injectable()
export class NotificationRequests {
  constructor(private readonly sealer: Sealer) {}

  /**
   * Records what is owed, in the caller's transaction. A mail that waits for its time and was never tried takes the new
   * time: that is how a further failure moves "24 hours after the last one", and how the n-th one makes it due at once.
   */
  async request(session: Session, requests: MailRequest[]): Promise<RequestedMail[]> {
    if (requests.length === 0) return [];
    const merged = new Map<string, MailRequest>();
    for (const request of requests) {
      const key = keyOf(request);
      const earlier = merged.get(key);
      // As if they came one after the other: what is due at once stays as it is, what waits takes the newer time.
      if (!earlier) merged.set(key, request);
      else if (earlier.delay > 0)
        merged.set(key, { ...earlier, delay: request.delay, stage: request.stage, source: request.source });
    }
    const rows = [...merged.values()].map((request) => this.row(request));
    const written = await ASK.run(session, JSON.stringify(rows));
    const byKey = new Map(written.map((row) => [keyOf(row), row]));
    const untouched = [...merged.values()].filter((request) => !byKey.has(keyOf(request)));
    for (const row of await this.existing(session, untouched))
      byKey.set(keyOf(row), { ...row, created: false });
    return requests.map((request) => {
      const row = byKey.get(keyOf(request));
      if (!row) throw new Error('a notification vanished while it was asked for');
      return row;
    });
  }

  private async existing(session: Session, requests: MailRequest[]): Promise<Omit<Row, 'created'>[]> {
    if (requests.length === 0) return [];
    const keys = requests.map(({ taxReturnId, template, occurrence }) => ({
      taxReturnId,
      template,
      occurrence,
    }));
    return ASKED_BEFORE.run(
      session,
      keys.map(({ taxReturnId }) => taxReturnId),
      JSON.stringify(keys),
    );
  }

  private row(request: MailRequest): Record<string, unknown> {
    const id = request.id ?? uuid();
    return {
      id,
      tax_return_id: request.taxReturnId,
      template: request.template,
      occurrence: request.occurrence,
      stage: request.stage,
      submission_uuid: request.submissionUuid,
      submission_id: request.submissionId,
      user_id: request.userId,
      language: request.language,
      address: this.sealer.sealOptional(request.address, `notifications.address:${id}`),
      context: this.sealer.sealOptional(
        request.context && JSON.stringify(request.context),
        `notifications.context:${id}`,
      ),
      not_after: request.notAfter,
      batch_id: request.batchId,
      incident: request.incident,
      source: request.source,
      is_asked: request.isAsked ?? false,
      overruled: request.overruled ?? [],
      to_account: request.toAccount ?? false,
      is_true: request.isTrue ?? false,
      delay: request.delay,
    };
  }
}

/**
 * A mail that was asked for before its submission was known is that submission's now, so that its event does not make a
 * second one due.
 */
export async function giveMailsTo(
  session: Session,
  submissions: { taxReturnId: string; id: string; submissionId: string }[],
): Promise<void> {
  if (submissions.length === 0) return;
  await GIVE_MAILS.run(
    session,
    submissions.map(({ taxReturnId }) => taxReturnId),
    JSON.stringify(submissions),
  );
}

interface Row extends RequestedMail {
  taxReturnId: string;
  occurrence: string;
}

const RETURNED = `n.id, n.tax_return_id AS "taxReturnId", n.template, n.occurrence, n.state::text AS state, n.attempt, n.batch_id IS NOT NULL AS "inBatch", n.source,
  (extract(epoch FROM n.due_at - now()) * 1000)::float8 AS wait`;

/* Whatever is read is named by an array, so that no plan reads more (send/notification.statements.ts). */

export const ASK = new Prepared<[asked: string], Row>(
  'ask',
  `INSERT INTO notifications AS n (id, tax_return_id, template, occurrence, stage, submission_uuid, submission_id, user_id,
                                   language, address, context, not_after, batch_id, incident, source, is_asked, overruled, to_account, due_at,
                                   state, reason, settled_at)
   SELECT id, tax_return_id, template, occurrence, stage, submission_uuid, submission_id, user_id,
          language, address, context, not_after, batch_id, incident, source, is_asked, overruled, to_account, now() + delay * interval '1 millisecond',
          (CASE WHEN ends.here THEN 'no_address' ELSE 'queued' END)::notification_state,
          CASE WHEN ends.here THEN '${NO_ADDRESS}' END, CASE WHEN ends.here THEN now() END
   FROM jsonb_to_recordset($1::jsonb)
     AS r(id uuid, tax_return_id uuid, template text, occurrence text, stage text, submission_uuid uuid, submission_id text,
          user_id text, language text, address text, context text, not_after timestamptz, batch_id uuid, incident text, source text,
          is_asked boolean, overruled text[], to_account boolean, is_true boolean, delay bigint)
   LEFT JOIN LATERAL (
     SELECT coalesce(email, account_email) IS NOT NULL AS reached FROM tax_returns WHERE id = r.tax_return_id AND r.is_true LIMIT 1) t ON true
   CROSS JOIN LATERAL (
     SELECT r.is_true AND r.delay <= 0 AND r.address IS NULL AND NOT r.to_account AND t.reached IS NOT TRUE AS here) AS ends
   ON CONFLICT (tax_return_id, template, occurrence) DO UPDATE
     SET due_at = excluded.due_at, stage = excluded.stage, source = excluded.source
     WHERE n.state = 'queued' AND n.attempt = 0 AND n.due_at > now()
   RETURNING ${RETURNED}, (xmax = 0) AS created`,
);

export const ASKED_BEFORE = new Prepared<[returns: string[], keys: string], Omit<Row, 'created'>>(
  'asked before',
  `SELECT ${RETURNED} FROM notifications n
   JOIN jsonb_to_recordset($2::jsonb) AS k("taxReturnId" uuid, template text, occurrence text)
     ON n.tax_return_id = k."taxReturnId" AND n.template = k.template AND n.occurrence = k.occurrence
   WHERE n.tax_return_id = ANY($1::uuid[])`,
);

export const GIVE_MAILS = new Prepared<[returns: string[], submissions: string], never>(
  'give mails',
  `UPDATE notifications n SET occurrence = s.id::text, submission_uuid = s.id
   FROM jsonb_to_recordset($2::jsonb) AS s("taxReturnId" uuid, id uuid, "submissionId" text)
   WHERE n.tax_return_id = ANY($1::uuid[]) AND n.tax_return_id = s."taxReturnId" AND n.occurrence = s."submissionId"
     AND NOT EXISTS (
       SELECT 1 FROM notifications m
       WHERE m.tax_return_id = ANY($1::uuid[]) AND m.tax_return_id = n.tax_return_id AND m.template = n.template AND m.occurrence = s.id::text)`,
);

function keyOf(mail: { taxReturnId: string; template: string; occurrence: string }): string {
  return `${mail.taxReturnId}/${mail.template}/${mail.occurrence}`;
}
