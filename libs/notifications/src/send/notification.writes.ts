import { Inject, Injectable } from '@nestjs/common';
import type { HandOver } from '#libs/email/index.js';
import { Batcher, Prisma, PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { NotificationState, Settings } from '#libs/platform/index.js';
import { beginsAnew } from './reopening.js';
import { templatesOf } from '../terms/mail.kinds.js';
import type { Lane } from '../terms/mail.kinds.js';
import type { NotificationReason } from './notification.reason.js';
import type { QueuedRow } from './send.queue.js';

/**
 * The life of a notification, one statement a step. `attempt` is the token: whoever holds an older one finds nothing
 * to change.
 *
 *   queued ──claim──▶ sending ──open, begin, settle──▶ handed_over | queued (again, later) | failed | unknown
 *                        └────conclude──▶ withheld | no_address | failed        (no conversation took place)
 */
@Injectable()
export class NotificationWrites {
  // A step of many sends is one statement: whoever comes while one is under way goes with the next.
  private readonly claims = new Batcher((ids: string[]) => this.claimAll(ids), MOST);
  private readonly opens = new Batcher((given: Opening[]) => this.openAll(given), MOST);
  private readonly begins = new Batcher((given: Claim[]) => this.beginAll(given), MOST);
  private readonly settles = new Batcher((given: Settling[]) => this.settleAll(given), MOST);

  constructor(
    private readonly prisma: PrismaService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Takes a notification whose time has come, with what its directory entry says. Undefined when it is not to be had. */
  claim(id: string): Promise<ClaimedNotification | undefined> {
    return this.claims.call(id);
  }

  /**
   * Opens the record of a conversation, before it begins; again, if whoever holds the claim did not hear that it is open.
   * `lost` when the claim is, or its lease is too short for a conversation.
   */
  open(claim: Claim, delivery: OpenDelivery): Promise<Opened> {
    return this.opens.call({ ...claim, ...delivery });
  }

  /**
   * Writes that the relay said "go on" to DATA: from here on nobody can know that nothing was sent.
   * @returns false when the conversation was called over meanwhile: not a byte may leave.
   */
  begin({ id, attempt }: Claim): Promise<boolean> {
    return this.begins.call({ id, attempt });
  }

  /**
   * Writes the outcome of a conversation and what it means for the notification, in one statement. The truth may come
   * late: an attempt that the sweep called unknown meanwhile is still settled by the worker that knows, as long as
   * nobody began another. What is settled is never made unknown.
   * @returns the row to queue again, if it has to be tried again.
   */
  settle({ id, attempt }: Claim, handOver: HandOver, next: NextState): Promise<QueuedRow | undefined> {
    return this.settles.call({ id, attempt, handOver, next });
  }

  private async claimAll(ids: string[]): Promise<(ClaimedNotification | undefined)[]> {
    // Locked in one order, so that two workers never wait in a circle. A job may come a moment before its time, by the
    // clock of another machine.
    const rows = await this.prisma.$queryRaw<ClaimedNotification[]>`
      WITH due AS (
        SELECT id FROM notifications n
        WHERE id = ANY(${ids}::uuid[]) AND state = 'queued' AND due_at <= now() + interval '1 second' AND ${goesOn}
        ORDER BY id FOR NO KEY UPDATE
      ), claimed AS (
        UPDATE notifications n
        SET state = 'sending', attempt = attempt + 1, reason = NULL,
            lease_until = now() + ${this.settings.SEND_LEASE} * interval '1 millisecond'
        FROM due WHERE n.id = due.id
        RETURNING n.*
      )
      SELECT c.id, c.attempt, c.tax_return_id AS "taxReturnId", c.template, c.occurrence, c.stage, c.submission_uuid AS "submissionUuid",
             c.language, c.address, c.context, c.not_after AS "notAfter", c.is_asked AS "isAsked", c.overruled, c.attempt - c.tried_before AS tries,
             (extract(epoch FROM now() - c.opened_at) * 1000)::float8 AS age,
             t.email, t.account_email AS "accountEmail", t.language AS "directoryLanguage", t.tax_year AS "taxYear", r.codes AS "rejectionCodes"
      FROM claimed c
      LEFT JOIN tax_returns t ON t.id = c.tax_return_id
      LEFT JOIN submissions s ON s.id = c.submission_uuid
      LEFT JOIN rejection_codes r ON r.submission_id = coalesce(s.submission_id, c.submission_id)`;
    const claimed = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => {
      const row = claimed.get(id);
      // Two jobs of one notification in one batch: only one of them holds it.
      claimed.delete(id);
      return row;
    });
  }

  private async openAll(given: Opening[]): Promise<Opened[]> {
    const rows = await this.prisma.$queryRaw<(Claim & { opened: Opened })[]>`
      WITH held AS (
        SELECT g.*, 'suppressed' <> ALL (n.overruled) AND EXISTS (
          SELECT 1 FROM suppressions s
          WHERE s.address_hash = ANY(g."addressHashes") AND s.lifted_at IS NULL AND s.expires_at > now()) AS suppressed
        FROM jsonb_to_recordset(${JSON.stringify(given)}::jsonb)
          AS g(id uuid, attempt int, relay text, language text, "templateVersion" text, "values" text, "addressHashes" text[])
        JOIN notifications n ON n.id = g.id AND n.attempt = g.attempt
        WHERE n.state = 'sending' AND n.lease_until > now() + ${2 * this.settings.SMTP_TIMEOUT} * interval '1 millisecond'
      ), opened AS (
        INSERT INTO deliveries (notification_id, attempt, relay, language, template_version, "values", address_hash, data_began_at)
        SELECT id, attempt, relay, language, "templateVersion", "values", "addressHashes"[1], NULL FROM held WHERE NOT suppressed
        ON CONFLICT (notification_id, attempt) DO UPDATE SET opened_at = now() WHERE deliveries.outcome IS NULL
        RETURNING notification_id, attempt
      )
      SELECT notification_id AS id, attempt, 'opened' AS opened FROM opened
      UNION ALL SELECT id, attempt, 'suppressed' FROM held WHERE suppressed`;
    const opened = new Map(rows.map((row) => [tokenOf(row), row.opened]));
    return given.map((claim) => opened.get(tokenOf(claim)) ?? 'lost');
  }

  private async beginAll(given: Claim[]): Promise<boolean[]> {
    const rows = await this.prisma.$queryRaw<Claim[]>`
      UPDATE deliveries d SET data_began_at = now()
      FROM jsonb_to_recordset(${JSON.stringify(given)}::jsonb) AS g(id uuid, attempt int)
      WHERE d.notification_id = g.id AND d.attempt = g.attempt AND d.outcome IS NULL
      RETURNING g.id, g.attempt`;
    const begun = new Set(rows.map(tokenOf));
    return given.map((claim) => begun.has(tokenOf(claim)));
  }

  private async settleAll(given: Settling[]): Promise<(QueuedRow | undefined)[]> {
    const outcomes = given.map(({ id, attempt, handOver, next }) => ({
      id,
      attempt,
      outcome: handOver.outcome,
      cause: 'reason' in handOver ? handOver.reason : undefined,
      code: 'responseCode' in handOver ? handOver.responseCode : undefined,
      response: handOver.response,
      ...next,
      wait: next.wait ?? 0,
    }));
    const rows = await this.prisma.$queryRaw<QueuedRow[]>`
      WITH given AS (
        SELECT * FROM jsonb_to_recordset(${JSON.stringify(outcomes)}::jsonb)
          AS g(id uuid, attempt int, outcome delivery_outcome, cause text, code int, response text,
               state notification_state, reason text, wait float8)
      ), delivery AS (
        UPDATE deliveries d
        SET outcome = g.outcome, reason = g.cause, response_code = g.code, response = g.response, settled_at = now()
        FROM given g
        WHERE d.notification_id = g.id AND d.attempt = g.attempt
          AND (d.outcome IS NULL OR (d.outcome = 'unknown' AND g.outcome <> 'unknown'))
        RETURNING g.*
      )
      UPDATE notifications n
      SET state = d.state, reason = d.reason, lease_until = NULL,
          due_at = CASE WHEN d.state = 'queued' THEN now() + d.wait * interval '1 millisecond' ELSE due_at END,
          settled_at = CASE WHEN d.state = 'queued' THEN NULL ELSE now() END
      FROM delivery d
      WHERE n.id = d.id AND n.attempt = d.attempt AND n.state IN ('sending', 'unknown', 'queued')
      RETURNING n.id, n.template, n.state::text AS state, n.attempt, d.wait`;
    const again = new Map(rows.filter(({ state }) => state === 'queued').map((row) => [tokenOf(row), row]));
    return given.map((claim) => again.get(tokenOf(claim)));
  }

  /** Ends a claim without a conversation. */
  async conclude(claimed: Claim, state: NotificationState, reason: NotificationReason): Promise<void> {
    await this.prisma.$executeRaw`
      UPDATE notifications SET state = ${state}::notification_state, reason = ${reason}, lease_until = NULL, settled_at = now()
      WHERE id = ${claimed.id}::uuid AND attempt = ${claimed.attempt} AND state = 'sending'`;
  }

  /**
   * Claims whose worker is gone before the body of the mail went out: certainly not sent. One that no worker survives is
   * given up. A worker that only slept finds its conversation over, and whoever of the two is first at its row decides.
   */
  async releaseUnsent(limit: number): Promise<QueuedRow[]> {
    return this.prisma.$queryRaw<QueuedRow[]>`
      WITH lost AS (
        SELECT id, attempt FROM notifications WHERE state = 'sending' AND lease_until < now()
        LIMIT ${limit} FOR UPDATE SKIP LOCKED
      ), ended AS (
        UPDATE deliveries d SET outcome = 'deferred', reason = 'worker-lost', settled_at = now()
        FROM lost WHERE d.notification_id = lost.id AND d.attempt = lost.attempt
          AND d.outcome IS NULL AND d.data_began_at IS NULL
        RETURNING lost.id
      )
      UPDATE notifications
      SET state = (CASE WHEN attempt - tried_before < ${this.settings.RETRY_MAX_ATTEMPTS} THEN 'queued' ELSE 'failed' END)::notification_state,
          reason = 'worker-lost', lease_until = NULL, due_at = now(),
          settled_at = CASE WHEN attempt - tried_before < ${this.settings.RETRY_MAX_ATTEMPTS} THEN NULL ELSE now() END
      WHERE id IN (
        SELECT id FROM ended
        UNION ALL SELECT id FROM lost WHERE NOT EXISTS (
          SELECT 1 FROM deliveries d WHERE d.notification_id = lost.id AND d.attempt = lost.attempt))
      RETURNING id, template, state::text AS state, attempt, 0::float8 AS wait`;
  }

  /** Mails that had no address while their return has one now: due at once, in a round of their own. */
  releaseAddressed(limit: number, taxReturnId?: string): Promise<QueuedRow[]> {
    return this.prisma.$queryRaw<QueuedRow[]>`
      UPDATE notifications
      SET ${beginsAnew()}
      WHERE id IN (
        SELECT n.id FROM notifications n JOIN tax_returns t ON t.id = n.tax_return_id
        WHERE n.state = 'no_address' AND coalesce(t.email, t.account_email) IS NOT NULL
          AND n.tax_return_id = coalesce(${taxReturnId ?? null}::uuid, n.tax_return_id)
        LIMIT ${limit} FOR UPDATE OF n SKIP LOCKED)
      RETURNING id, template, state::text AS state, attempt, 0::float8 AS wait`;
  }

  /** Claims whose worker is gone after the body of the mail began to go out: perhaps sent. */
  async lostAfterData(limit: number): Promise<(Claim & { template: string })[]> {
    return this.prisma.$queryRaw<(Claim & { template: string })[]>`
      SELECT n.id, n.attempt, n.template FROM notifications n
      JOIN deliveries d ON d.notification_id = n.id AND d.attempt = n.attempt AND d.outcome IS NULL
      WHERE d.data_began_at IS NOT NULL AND n.state = 'sending' AND n.lease_until < now() LIMIT ${limit}`;
  }

  /** Notifications of a lane whose time is past by more than the grace: their job is lost, or they waited without one. */
  overdue(lane: Lane, limit: number): Promise<QueuedRow[]> {
    return this.prisma.$queryRaw<QueuedRow[]>`
      SELECT id, template, state::text AS state, attempt, 0::float8 AS wait FROM notifications n
      WHERE state = 'queued' AND template = ANY(${templatesOf(lane)}) AND ${goesOn}
        AND due_at < now() - ${this.settings.SWEEP_GRACE} * interval '1 millisecond'
      ORDER BY due_at LIMIT ${limit}`;
  }
}

/** Nobody has paused its template, or everything. What is paused waits where it is. */
const goesOn = Prisma.sql`NOT EXISTS (SELECT 1 FROM pauses p WHERE p.template IN (n.template, 'all'))`;

/** Sends whose step is written in one statement at most. */
const MOST = 200;

/** Who holds a notification: the attempt is the token. */
export interface Claim {
  id: string;
  attempt: number;
}

function tokenOf({ id, attempt }: Claim): string {
  return `${id}-${attempt}`;
}

/** What is on record before a conversation begins. */
export interface OpenDelivery {
  relay: string;
  language: string;
  templateVersion: string;
  /** Sealed: what the mail was rendered with, so that it can be shown again as it was sent. */
  values: string;
  /** The address that it goes to, fingerprinted under every key; the current one first. */
  addressHashes: string[];
}

/** `suppressed`: nothing may be sent to this address. */
export type Opened = 'opened' | 'suppressed' | 'lost';

type Opening = Claim & OpenDelivery;
type Settling = Claim & { handOver: HandOver; next: NextState };

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
  isAsked: boolean;
  overruled: string[];
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
  reason?: NotificationReason;
  wait?: number;
}
