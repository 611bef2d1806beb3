import { Inject, Injectable } from '@nestjs/common';
import { PrismaService, SETTINGS, withoutAddresses } from '#libs/platform/index.js';
import type { NotificationState, Settings, Transaction } from '#libs/platform/index.js';
import { AuditTrail, NOBODY } from '../audit/audit.trail.js';
import type { Acting } from '../audit/audit.trail.js';
import { SendQueue } from '../send/send.queue.js';
import type { QueuedRow } from '../send/send.queue.js';
import { ActionRefused } from '../audit/refusal.js';
import { TOLD_BY_OTHER_MEANS } from '../send/notification.reason.js';
import type { NotificationReason } from '../send/notification.reason.js';
import { standingOf } from '../standing/told.js';
import type { Standing, Told } from '../standing/told.js';
import { LEFT_OUT_WORDS } from './resend/resend.rules.js';
import { ResendWrites, traceOf } from './resend/resend.writes.js';

/**
 * How a person ends what no mail does: they found out about one whose outcome nobody knew, or told the taxpayer by a letter, a call or
 * the like.
 */
export const RESOLUTIONS = ['arrived', 'send-again', 'told-by-other-means'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

export interface ResolveOrder extends Acting {
  resolution: Resolution;
  /** By which means, in their own words. `told-by-other-means` needs it; addresses in it are taken out. */
  context?: string;
  /** What shows it, such as a line of the relay's log. All but `send-again` need one; addresses in it are taken out. */
  evidence?: string;
  /** Names the decision: repeated, it changes nothing. */
  source: string;
}

/** Ends what is unknown, which only a person or a receipt may; and that somebody is untold, where a person told them. */
@Injectable()
export class ResolutionService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly writes: ResendWrites,
    private readonly trail: AuditTrail,
    private readonly queue: SendQueue,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * `arrived`: the taxpayer counts as told. `send-again`: the same mail under the same Message-ID, although it may come twice.
   * `told-by-other-means`: the taxpayer counts as told, and the mail is not sent any more.
   * @returns whether this call decided it; undefined when there is no such mail.
   * @throws ActionRefused `no-evidence`, `no-context`; `not-unknown` when its outcome is known, `erased` when what it said is gone; of an untold one `already-told` or
   *   `on-its-way`.
   */
  async resolve(id: string, order: ResolveOrder): Promise<{ id: string; done: boolean } | undefined> {
    const rows = await this.prisma.retrying((tx) => this.decide(tx, id, order));
    if (rows === undefined) return undefined;
    if (rows === 'before') return { id, done: false };
    await this.queue.enqueue(rows);
    return { id, done: true };
  }

  /** The dry run: refuses what {@link resolve} would. False when there is no such mail. */
  async plan(id: string, order: Pick<ResolveOrder, 'resolution' | 'context' | 'evidence'>): Promise<boolean> {
    const ordered = { ...order, ...NOBODY, source: `resolution/${id}` };
    const rows = await this.prisma.rehearsing((tx) => this.decide(tx, id, ordered));
    return rows !== undefined;
  }

  private async decide(
    tx: Transaction,
    id: string,
    order: ResolveOrder,
  ): Promise<QueuedRow[] | 'before' | undefined> {
    refuseUnsaid(order);
    const [mail] = await tx.$queryRaw<Held[]>`
      SELECT state::text AS state, reason, attempt, opened_at AS "openedAt", bounced_at AS "bouncedAt", source || earlier_sources AS sources,
             erased_at IS NOT NULL AS "isErased"
      FROM notifications WHERE id = ${id}::uuid FOR UPDATE`;
    if (!mail) return undefined;
    if (mail.sources.includes(order.source)) return 'before';
    const { actor, reason, resolution, context, evidence, source } = order;
    const isTold = resolution === 'told-by-other-means';
    if (isTold) refuseUnlessUntold(standingOf(mail, new Date(), this.settings.TOLD_WITHIN));
    else refuseKnown(mail);
    if (resolution === 'send-again') refuseErased(mail);
    const state = stateAfter(resolution, mail.state);
    const rows =
      resolution === 'send-again'
        ? await this.writes.openAgain(tx, [{ id, overruled: [], toRegistered: false }], source)
        : await settle(
            tx,
            id,
            { state, reason: isTold ? TOLD_BY_OTHER_MEANS : 'confirmed-by-person' },
            source,
          );
    await this.trail.record(tx, [
      {
        actor,
        reason,
        action: isTold ? 'tell-by-other-means' : 'resolve-unknown',
        kind: 'notification',
        target: id,
        before: traceOf(mail),
        after: {
          state,
          resolution,
          ...(context === undefined ? {} : { context: withoutAddresses(context) }),
          ...(evidence === undefined ? {} : { evidence: withoutAddresses(evidence) }),
        },
      },
    ]);
    return rows;
  }
}

interface Held extends Told {
  attempt: number;
  isErased: boolean;
  sources: string[];
}

/** @throws ActionRefused where something must be said and is not. */
function refuseUnsaid({ resolution, context, evidence }: ResolveOrder): void {
  if (resolution !== 'send-again' && !evidence?.trim())
    throw new ActionRefused(
      'no-evidence',
      resolution === 'arrived'
        ? 'Say what shows that it arrived, such as a line of the log of the relay.'
        : 'Say what shows that they were told, such as a ticket, or the number of a letter.',
    );
  if (resolution === 'told-by-other-means' && !context?.trim())
    throw new ActionRefused('no-context', 'Say by which means they were told, such as a letter or a call.');
}

/** @throws ActionRefused */
function refuseKnown({ state }: Held): void {
  if (state !== 'unknown')
    throw new ActionRefused(
      'not-unknown',
      `The outcome of this mail is known: it is ${state.replace('_', ' ')}. Only an unknown one is resolved; to send others again, use resend.`,
    );
}

/** @throws ActionRefused `erased` */
function refuseErased({ isErased }: Held): void {
  const { sentence, todo } = LEFT_OUT_WORDS.erased;
  if (isErased) throw new ActionRefused('erased', `${sentence} ${todo}`);
}

/** @throws ActionRefused */
function refuseUnlessUntold(standing: Standing): void {
  if (standing === 'success')
    throw new ActionRefused(
      'already-told',
      'Nobody is owed this mail: the taxpayer was told, or it is no longer true.',
    );
  if (standing === 'in-process')
    throw new ActionRefused(
      'on-its-way',
      'It waits for its turn or is being sent right now: the mail tells them.',
    );
}

function stateAfter(resolution: Resolution, state: NotificationState): NotificationState {
  if (resolution === 'send-again') return 'queued';
  // A relay had it, and that stays so.
  return resolution === 'arrived' || state === 'handed_over' ? 'handed_over' : 'withheld';
}

/** Ends it for good; no worker, and no job that is left, finds it any more. */
async function settle(
  tx: Transaction,
  id: string,
  end: { state: NotificationState; reason: NotificationReason },
  source: string,
): Promise<QueuedRow[]> {
  await tx.$executeRaw`
    UPDATE notifications
    SET state = ${end.state}::notification_state, reason = ${end.reason}, settled_at = now(), source = ${source},
        earlier_sources = array_append(earlier_sources, source)
    WHERE id = ${id}::uuid`;
  return [];
}
