import { Injectable } from '@nestjs/common';
import { PrismaService, withoutAddresses } from '#libs/platform/index.js';
import type { Transaction } from '#libs/platform/index.js';
import { AuditTrail, NOBODY } from '../audit/audit.trail.js';
import type { Acting } from '../audit/audit.trail.js';
import { SendQueue } from '../send/send.queue.js';
import type { QueuedRow } from '../send/send.queue.js';
import { ActionRefused } from '../audit/refusal.js';
import { ResendWrites } from './resend/resend.writes.js';

/** What a person found out about a mail whose outcome nobody knew. */
export const RESOLUTIONS = ['arrived', 'send-again'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

export interface ResolveOrder extends Acting {
  resolution: Resolution;
  /** What shows it, such as a line of the relay's log. `arrived` needs one; addresses in it are taken out. */
  evidence?: string;
  /** Names the decision: repeated, it changes nothing. */
  source: string;
}

/** Ends what is unknown: only a person or a receipt may. */
@Injectable()
export class ResolutionService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly writes: ResendWrites,
    private readonly trail: AuditTrail,
    private readonly queue: SendQueue,
  ) {}

  /**
   * `arrived`: the taxpayer counts as told. `send-again`: the same mail under the same Message-ID, although it may come twice.
   * @returns whether this call decided it; undefined when there is no such mail.
   * @throws ActionRefused `not-unknown` when its outcome is known, `no-evidence`.
   */
  async resolve(id: string, order: ResolveOrder): Promise<{ id: string; done: boolean } | undefined> {
    const rows = await this.prisma.retrying((tx) => this.decide(tx, id, order));
    if (rows === undefined) return undefined;
    if (rows === 'before') return { id, done: false };
    await this.queue.enqueue(rows);
    return { id, done: true };
  }

  /** The dry run: refuses what {@link resolve} would. False when there is no such mail. */
  async plan(id: string, order: Pick<ResolveOrder, 'resolution' | 'evidence'>): Promise<boolean> {
    const ordered = { ...order, ...NOBODY, source: `resolution/${id}` };
    const rows = await this.prisma.rehearsing((tx) => this.decide(tx, id, ordered));
    return rows !== undefined;
  }

  private async decide(
    tx: Transaction,
    id: string,
    order: ResolveOrder,
  ): Promise<QueuedRow[] | 'before' | undefined> {
    if (order.resolution === 'arrived' && !order.evidence?.trim())
      throw new ActionRefused(
        'no-evidence',
        'Say what shows that it arrived, such as a line of the log of the relay.',
      );
    const [mail] = await tx.$queryRaw<Held[]>`
      SELECT state::text AS state, reason, attempt, source || earlier_sources AS sources FROM notifications
      WHERE id = ${id}::uuid FOR UPDATE`;
    if (!mail) return undefined;
    const { sources, ...before } = mail;
    if (sources.includes(order.source)) return 'before';
    if (mail.state !== 'unknown')
      throw new ActionRefused(
        'not-unknown',
        `The outcome of this mail is known: it is ${mail.state.replace('_', ' ')}. Only an unknown one is resolved; to send others again, use resend.`,
      );
    const { actor, reason, resolution, evidence, source } = order;
    const rows =
      resolution === 'arrived'
        ? await arrived(tx, id, source)
        : await this.writes.openAgain(tx, [{ id, overruled: [], toRegistered: false }], source);
    const after = {
      state: resolution === 'arrived' ? 'handed_over' : 'queued',
      resolution,
      ...(evidence === undefined ? {} : { evidence: withoutAddresses(evidence) }),
    };
    await this.trail.record(tx, [
      { actor, reason, action: 'resolve-unknown', kind: 'notification', target: id, before, after },
    ]);
    return rows;
  }
}

interface Held {
  state: string;
  reason: string | null;
  attempt: number;
  sources: string[];
}

async function arrived(tx: Transaction, id: string, source: string): Promise<QueuedRow[]> {
  await tx.$executeRaw`
    UPDATE notifications
    SET state = 'handed_over', reason = 'confirmed-by-person', settled_at = now(), source = ${source},
        earlier_sources = array_append(earlier_sources, source)
    WHERE id = ${id}::uuid`;
  return [];
}
