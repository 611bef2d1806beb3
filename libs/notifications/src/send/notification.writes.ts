import { Inject, Injectable } from '@nestjs/common';
import type { HandOver } from '#libs/email/index.js';
import { Batcher, Prisma, PrismaService, SETTINGS, unlessRefused } from '#libs/platform/index.js';
import type { NotificationState, Settings } from '#libs/platform/index.js';
import { beginsAnew } from './reopening.js';
import { idOf, tokenOf } from './claim.js';
import type { Claim, ClaimedNotification, Opened } from './claim.js';
import { templatesOf } from '../terms/mail.kinds.js';
import type { Lane } from '../terms/mail.kinds.js';
import type { NotificationReason } from './notification.reason.js';
import { BEGIN, CLAIM, CONCLUDE, GOES_ON, OPEN, SETTLE } from './notification.statements.js';
import { MOST_UNSEEN, SeenClaims } from './seen.claims.js';
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
  private readonly claims = new Batcher((ids: string[]) => this.claimAll(ids), MOST_UNSEEN);
  private readonly opens = new Batcher((given: Opening[]) => this.openAll(given), MOST);
  private readonly begins = new Batcher((given: Claim[]) => this.beginAll(given), MOST);
  private readonly settles = new Batcher((given: Settling[]) => this.settleAll(given), MOST);

  constructor(
    private readonly prisma: PrismaService,
    private readonly seen: SeenClaims,
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
   * nobody began another. What is settled is never made unknown. An outcome is not lost for words that Postgres does not
   * take: it is written without them, and what would have been written with it, by itself.
   * @returns the row to queue again, if it has to be tried again.
   */
  settle({ id, attempt }: Claim, handOver: HandOver, next: NextState): Promise<QueuedRow | undefined> {
    const settling = { id, attempt, handOver, next, response: handOver.response };
    const withoutWords = () => this.settleAlone({ ...settling, response: undefined });
    return unlessRefused(
      () => this.settles.call(settling),
      () => unlessRefused(() => this.settleAlone(settling), withoutWords),
    );
  }

  private async claimAll(ids: string[]): Promise<(ClaimedNotification | undefined)[]> {
    await this.seen.makeRoom(ids.length);
    const rows = await CLAIM.run(this.prisma.pool, ids, this.settings.SEND_LEASE);
    this.seen.add(rows);
    const claimed = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => {
      const row = claimed.get(id);
      // Two jobs of one notification in one batch: only one of them holds it.
      claimed.delete(id);
      return row;
    });
  }

  private async openAll(given: Opening[]): Promise<Opened[]> {
    const patience = 2 * this.settings.SMTP_TIMEOUT;
    const rows = await OPEN.run(this.prisma.pool, given.map(idOf), JSON.stringify(given), patience);
    const opened = new Map(rows.map((row) => [tokenOf(row), row.opened]));
    return given.map((claim) => opened.get(tokenOf(claim)) ?? 'lost');
  }

  private async beginAll(given: Claim[]): Promise<boolean[]> {
    const attempts = given.map(({ attempt }) => attempt);
    const begun = new Set((await BEGIN.run(this.prisma.pool, given.map(idOf), attempts)).map(tokenOf));
    return given.map((claim) => begun.has(tokenOf(claim)));
  }

  private async settleAlone(settling: Settling): Promise<QueuedRow | undefined> {
    const [again] = await this.settleAll([settling]);
    return again;
  }

  private async settleAll(given: Settling[]): Promise<(QueuedRow | undefined)[]> {
    const outcomes = given.map(({ id, attempt, handOver, next, response }) => ({
      id,
      attempt,
      outcome: handOver.outcome,
      cause: 'reason' in handOver ? handOver.reason : undefined,
      code: 'responseCode' in handOver ? handOver.responseCode : undefined,
      response,
      ...next,
      wait: next.wait ?? 0,
    }));
    const rows = await SETTLE.run(this.prisma.pool, given.map(idOf), JSON.stringify(outcomes));
    const again = new Map(rows.filter(({ state }) => state === 'queued').map((row) => [tokenOf(row), row]));
    return given.map((claim) => again.get(tokenOf(claim)));
  }

  /** Ends a claim without a conversation. */
  async conclude(
    { id, attempt }: Claim,
    state: NotificationState,
    reason: NotificationReason,
  ): Promise<void> {
    await CONCLUDE.run(this.prisma.pool, id, attempt, state, reason);
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
      RETURNING id, template, state::text AS state, attempt, batch_id IS NOT NULL AS "inBatch", 0::float8 AS wait`;
  }

  /** Mails that had no address while their return has one now: due at once, in a round of their own. */
  releaseAddressed(limit: number, taxReturnId?: string): Promise<QueuedRow[]> {
    return this.prisma.$queryRaw<QueuedRow[]>`
      UPDATE notifications
      SET ${beginsAnew()}, to_account = false
      WHERE id IN (
        SELECT n.id FROM notifications n JOIN tax_returns t ON t.id = n.tax_return_id
        WHERE n.state = 'no_address' AND coalesce(t.email, t.account_email) IS NOT NULL
          AND n.tax_return_id = coalesce(${taxReturnId ?? null}::uuid, n.tax_return_id)
        LIMIT ${limit} FOR UPDATE OF n SKIP LOCKED)
      RETURNING id, template, state::text AS state, attempt, batch_id IS NOT NULL AS "inBatch", 0::float8 AS wait`;
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
      SELECT id, template, state::text AS state, attempt, batch_id IS NOT NULL AS "inBatch", 0::float8 AS wait FROM notifications n
      WHERE state = 'queued' AND (batch_id IS NULL AND template = ANY(${templatesOf('urgent')})) = ${lane === 'urgent'} AND ${goesOn}
        AND due_at < now() - ${this.settings.SWEEP_GRACE} * interval '1 millisecond'
      ORDER BY due_at LIMIT ${limit}`;
  }
}

const goesOn = Prisma.raw(GOES_ON);

/** Sends whose step is written in one statement at most. */
const MOST = 200;

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

type Opening = Claim & OpenDelivery;
type Settling = Claim & { handOver: HandOver; next: NextState; response?: string };

/** What a conversation's outcome makes of the notification. `wait` in milliseconds, with `queued`. */
export interface NextState {
  state: 'handed_over' | 'queued' | 'failed' | 'unknown';
  reason?: NotificationReason;
  wait?: number;
}
