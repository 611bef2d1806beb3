import { Inject, Injectable } from '@nestjs/common';
import type { HandOver } from '#libs/email/index.js';
import { PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { NotificationState, Settings } from '#libs/platform/index.js';
import { templatesOf } from '../request/notification.template.js';
import type { Lane } from '../request/notification.template.js';
import type { QueuedRow } from './send.queue.js';

/**
 * The life of a notification, one statement a step. `attempt` is the token: whoever holds an older one finds nothing
 * to change.
 *
 *   queued ──claim──▶ sending ──settle──▶ handed_over | queued (again, later) | failed | unknown
 *                        └────conclude──▶ withheld | no_address | failed        (no conversation took place)
 */
@Injectable()
export class NotificationStates {
  constructor(
    private readonly prisma: PrismaService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Takes a notification whose time has come, with what its directory entry says. Undefined when it is not to be had. */
  async claim(id: string): Promise<ClaimedNotification | undefined> {
    // A job may come a moment before its time, by the clock of another machine.
    const [row] = await this.prisma.$queryRaw<ClaimedNotification[]>`
      WITH claimed AS (
        UPDATE notifications
        SET state = 'sending', attempt = attempt + 1, reason = NULL,
            lease_until = now() + ${this.settings.SEND_LEASE} * interval '1 millisecond'
        WHERE id = ${id}::uuid AND state = 'queued' AND due_at <= now() + interval '1 second'
        RETURNING *
      )
      SELECT c.id, c.attempt, c.tax_return_id AS "taxReturnId", c.template, c.occurrence, c.stage, c.submission_uuid AS "submissionUuid",
             c.language, c.address, c.context, c.not_after AS "notAfter", c.attempt - c.tried_before AS tries,
             (extract(epoch FROM now() - c.opened_at) * 1000)::float8 AS age,
             t.email, t.account_email AS "accountEmail", t.language AS "directoryLanguage", t.tax_year AS "taxYear", r.codes AS "rejectionCodes"
      FROM claimed c
      LEFT JOIN tax_returns t ON t.id = c.tax_return_id
      LEFT JOIN submissions s ON s.id = c.submission_uuid
      LEFT JOIN rejection_codes r ON r.submission_id = coalesce(s.submission_id, c.submission_id)`;
    return row;
  }

  /**
   * Opens the record of a conversation, before it begins; again, if whoever holds the claim did not hear that it is open.
   * False when the claim is lost or its lease too short for a conversation.
   */
  async open(
    claimed: Claim,
    delivery: { relay: string; language: string; templateVersion: string },
  ): Promise<boolean> {
    const opened = await this.prisma.$executeRaw`
      INSERT INTO deliveries (notification_id, attempt, relay, language, template_version)
      SELECT id, attempt, ${delivery.relay}, ${delivery.language}, ${delivery.templateVersion} FROM notifications
      WHERE id = ${claimed.id}::uuid AND attempt = ${claimed.attempt} AND state = 'sending'
        AND lease_until > now() + ${2 * this.settings.SMTP_TIMEOUT} * interval '1 millisecond'
      ON CONFLICT (notification_id, attempt) DO UPDATE SET opened_at = now() WHERE deliveries.outcome IS NULL`;
    return opened === 1;
  }

  /**
   * Writes the outcome of a conversation and what it means for the notification, in one statement. The truth may come
   * late: an attempt that the sweep called unknown meanwhile is still settled by the worker that knows, as long as
   * nobody began another. What is settled is never made unknown.
   * @returns the row to queue again, if it has to be tried again.
   */
  async settle(claimed: Claim, handOver: HandOver, next: NextState): Promise<QueuedRow | undefined> {
    const { outcome } = handOver;
    const code = 'responseCode' in handOver ? handOver.responseCode : undefined;
    const [row] = await this.prisma.$queryRaw<QueuedRow[]>`
      WITH delivery AS (
        UPDATE deliveries
        SET outcome = ${outcome}::delivery_outcome, reason = ${'reason' in handOver ? handOver.reason : null},
            response_code = ${code ?? null}, response = ${handOver.response ?? null}, settled_at = now()
        WHERE notification_id = ${claimed.id}::uuid AND attempt = ${claimed.attempt}
          AND (outcome IS NULL OR (outcome = 'unknown' AND ${outcome} <> 'unknown'))
        RETURNING notification_id
      )
      UPDATE notifications
      SET state = ${next.state}::notification_state, reason = ${next.reason ?? null}, lease_until = NULL,
          due_at = CASE WHEN ${next.state} = 'queued' THEN now() + ${next.wait ?? 0} * interval '1 millisecond' ELSE due_at END,
          settled_at = CASE WHEN ${next.state} = 'queued' THEN NULL ELSE now() END
      FROM delivery
      WHERE id = delivery.notification_id AND attempt = ${claimed.attempt} AND state IN ('sending', 'unknown', 'queued')
      RETURNING id, template, state::text AS state, attempt, ${next.wait ?? 0}::float8 AS wait`;
    return row?.state === 'queued' ? row : undefined;
  }

  /** Ends a claim without a conversation. */
  async conclude(claimed: Claim, state: NotificationState, reason: string): Promise<void> {
    await this.prisma.$executeRaw`
      UPDATE notifications SET state = ${state}::notification_state, reason = ${reason}, lease_until = NULL, settled_at = now()
      WHERE id = ${claimed.id}::uuid AND attempt = ${claimed.attempt} AND state = 'sending'`;
  }

  /** Claims whose worker is gone, without a conversation: certainly not sent. One that no worker survives is given up. */
  async releaseUnopened(limit: number): Promise<QueuedRow[]> {
    return this.prisma.$queryRaw<QueuedRow[]>`
      UPDATE notifications
      SET state = (CASE WHEN attempt - tried_before < ${this.settings.RETRY_MAX_ATTEMPTS} THEN 'queued' ELSE 'failed' END)::notification_state,
          reason = 'worker-lost', lease_until = NULL, due_at = now()
      WHERE id IN (
        SELECT id FROM notifications n WHERE state = 'sending' AND lease_until < now()
          AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.notification_id = n.id AND d.attempt = n.attempt)
        LIMIT ${limit} FOR UPDATE SKIP LOCKED)
      RETURNING id, template, state::text AS state, attempt, 0::float8 AS wait`;
  }

  /** Mails that had no address while their return has one now: due at once, in a round of their own. */
  releaseAddressed(limit: number, taxReturnId?: string): Promise<QueuedRow[]> {
    return this.prisma.$queryRaw<QueuedRow[]>`
      UPDATE notifications
      SET state = 'queued', reason = NULL, due_at = now(), opened_at = now(), settled_at = NULL, tried_before = attempt
      WHERE id IN (
        SELECT n.id FROM notifications n JOIN tax_returns t ON t.id = n.tax_return_id
        WHERE n.state = 'no_address' AND coalesce(t.email, t.account_email) IS NOT NULL
          AND n.tax_return_id = coalesce(${taxReturnId ?? null}::uuid, n.tax_return_id)
        LIMIT ${limit} FOR UPDATE OF n SKIP LOCKED)
      RETURNING id, template, state::text AS state, attempt, 0::float8 AS wait`;
  }

  /** Claims whose worker is gone in mid-conversation: perhaps sent. */
  async lostInConversation(limit: number): Promise<(Claim & { template: string })[]> {
    return this.prisma.$queryRaw<(Claim & { template: string })[]>`
      SELECT n.id, n.attempt, n.template FROM notifications n
      JOIN deliveries d ON d.notification_id = n.id AND d.attempt = n.attempt AND d.outcome IS NULL
      WHERE n.state = 'sending' AND n.lease_until < now() LIMIT ${limit}`;
  }

  /** Notifications of a lane whose time is past by more than the grace: their job is lost, or they waited without one. */
  overdue(lane: Lane, limit: number): Promise<QueuedRow[]> {
    return this.prisma.$queryRaw<QueuedRow[]>`
      SELECT id, template, state::text AS state, attempt, 0::float8 AS wait FROM notifications
      WHERE state = 'queued' AND template = ANY(${templatesOf(lane)})
        AND due_at < now() - ${this.settings.SWEEP_GRACE} * interval '1 millisecond'
      ORDER BY due_at LIMIT ${limit}`;
  }
}

/** Who holds a notification: the attempt is the token. */
export interface Claim {
  id: string;
  attempt: number;
}

/** A notification in a worker's hands, with what the directory knows of its return. */
export interface ClaimedNotification extends Claim {
  taxReturnId: string;
  template: string;
  occurrence: string;
  stage: string | null;
  submissionUuid: string | null;
  language: string | null;
  address: string | null;
  context: string | null;
  notAfter: Date | null;
  /** Tries of this round, this one included. */
  tries: number;
  /** Milliseconds since this round began. */
  age: number;
  email: string | null;
  accountEmail: string | null;
  directoryLanguage: string | null;
  taxYear: number | null;
  rejectionCodes: unknown;
}

/** What a conversation's outcome makes of the notification. `wait` in milliseconds, with `queued`. */
export interface NextState {
  state: 'handed_over' | 'queued' | 'failed' | 'unknown';
  reason?: string;
  wait?: number;
}
