import { Injectable } from '@nestjs/common';
import { v4, v7 as uuid } from 'uuid';
import { Prisma, PrismaService, withoutAddresses } from '#libs/platform/index.js';
import type { Transaction } from '#libs/platform/index.js';
import { AuditTrail } from '../audit/audit.trail.js';
import type { Acting, AuditAction } from '../audit/audit.trail.js';
import { ActionRefused, NothingToActOn } from '../audit/refusal.js';
import type { BatchAction } from './batch.actions.js';
import type { KeptFilter } from './batch.filter.js';
import { BatchIntake } from './batch.intake.js';
import type { BatchState } from './batch.state.js';
import { BatchTurns, LEASE } from './batch.turns.js';
import type { WorkingBatch } from './batch.turns.js';
import type { ListRow } from './list.row.js';

/** What somebody asks for, whatever the list comes from. */
export interface BatchAsk {
  action: BatchAction;
  /** The state of a `reminder-state`, by its postal code. */
  topic?: string;
  /** A label for people; the campaign of a reminder. */
  incident?: string;
  /** What the list is called where it comes from. */
  name?: string;
}

/** Where a list comes from that a process reads while it comes. */
export type Origin = 'upload' | 'terminal';

/** What people do to a batch: from which states, to which. */
const MOVES = {
  'approve-batch': { from: ['awaiting-approval'], to: 'validated' },
  'start-batch': { from: ['validated'], to: 'running' },
  'pause-batch': { from: ['running'], to: 'paused' },
  'resume-batch': { from: ['paused', 'stopped'], to: 'running' },
  'abort-batch': {
    from: ['validating', 'validated', 'awaiting-approval', 'running', 'paused', 'stopped'],
    to: 'aborted',
  },
} as const satisfies Record<string, { from: readonly BatchState[]; to: BatchState }>;

export type BatchMove = keyof typeof MOVES;

/** What people do with batches: the same from pages, HTTP and the terminal. */
@Injectable()
export class BatchService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly intake: BatchIntake,
    private readonly turns: BatchTurns,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Writes down a list while it comes. When it returns, the list is whole, and a worker looks at it; or it is refused, and says why.
   * @returns the id of the batch.
   */
  async take(ask: BatchAsk, origin: Origin, list: AsyncIterable<ListRow>, acting: Acting): Promise<string> {
    const batch = await this.make(
      ask,
      { origin, leaseToken: v4(), leaseUntil: new Date(Date.now() + LEASE) },
      acting,
    );
    try {
      await this.turns.keeping(batch, () => this.intake.load(batch, list));
    } finally {
      await this.turns.giveBack(batch);
    }
    return batch.id;
  }

  /** A list of what the service itself knows. A worker reads it. */
  async find(ask: BatchAsk, filter: KeptFilter, acting: Acting): Promise<string> {
    const { id } = await this.make(
      ask,
      { origin: 'filter', filter: filter as unknown as Prisma.InputJsonObject },
      acting,
    );
    return id;
  }

  /**
   * Approves, starts, pauses, resumes or ends a batch.
   * @throws NothingToActOn; ActionRefused when it is not in a state for that, or whoever made it wants to approve it.
   */
  async move(id: string, move: BatchMove, acting: Acting): Promise<void> {
    await this.prisma.retrying(async (tx) => {
      const before = await this.lock(tx, id);
      const { from, to } = MOVES[move];
      if (!(from as readonly string[]).includes(before.state))
        throw new ActionRefused('wrong-state', refusal(move, before.state));
      if (move === 'approve-batch' && before.madeBy === acting.actor)
        throw new ActionRefused('own-batch', 'You made this batch. Another person has to approve it.');
      const state = move === 'approve-batch' && before.startsItself ? 'running' : to;
      await tx.batch.update({
        where: { id },
        data: { state, ...this.stamps(move, state, acting, before.startedAt) },
      });
      await this.record(tx, id, move, acting, { state: before.state }, { state });
    });
  }

  /** How many rows a second are applied at most; null for as fast as its mails go. */
  async pace(id: string, rate: number | null, acting: Acting): Promise<void> {
    await this.prisma.retrying(async (tx) => {
      const before = await this.lock(tx, id);
      await tx.batch.update({ where: { id }, data: { rate } });
      await this.record(tx, id, 'pace-batch', acting, { rate: before.rate }, { rate });
    });
  }

  private stamps(
    move: BatchMove,
    state: BatchState,
    { actor }: Acting,
    startedAt: Date | null,
  ): Prisma.BatchUpdateInput {
    const now = new Date();
    return {
      ...(move === 'approve-batch' ? { approvedBy: actor } : {}),
      ...(state === 'running'
        ? { startedAt: startedAt ?? now, resumedAt: now, reason: null, detail: null }
        : {}),
      ...(state === 'aborted' ? { endedAt: now } : {}),
    };
  }

  private async make(
    { action, topic, incident, name }: BatchAsk,
    from: Omit<Prisma.BatchCreateInput, 'id' | 'action' | 'madeBy'>,
    acting: Acting,
  ): Promise<WorkingBatch> {
    const id = uuid();
    const plain = {
      action,
      topic,
      incident: incident && withoutAddresses(incident),
      name: name && withoutAddresses(name),
    };
    await this.prisma.retrying(async (tx) => {
      await tx.batch.create({ data: { id, ...plain, ...from, madeBy: acting.actor } });
      await this.record(tx, id, 'make-batch', acting, null, { ...plain, origin: from.origin });
    });
    return { ...ofNothing, id, action, origin: from.origin, token: from.leaseToken ?? '' };
  }

  private async lock(tx: Transaction, id: string) {
    await tx.$queryRaw`SELECT 1 FROM batches WHERE id = ${id}::uuid FOR UPDATE`;
    const found = await tx.batch.findUnique({
      where: { id },
      select: { state: true, madeBy: true, rate: true, startedAt: true, startsItself: true },
    });
    if (!found) throw new NothingToActOn('There is no such batch.');
    return found;
  }

  private async record(
    tx: Transaction,
    target: string,
    action: AuditAction,
    acting: Acting,
    before: Prisma.InputJsonValue | null,
    after: Prisma.InputJsonValue,
  ): Promise<void> {
    await this.trail.record(tx, [
      { ...acting, action, kind: 'batch', target, before: before ?? undefined, after },
    ]);
  }
}

/** A batch that was made a moment ago. */
const ofNothing = {
  state: 'validating',
  topic: null,
  incident: null,
  campaign: null,
  name: null,
  version: null,
  column: null,
  filter: null,
  isLoaded: false,
  checkedTo: 0,
  appliedTo: 0,
} as const;

const VERBS: Record<BatchMove, string> = {
  'approve-batch': 'approved',
  'start-batch': 'started',
  'pause-batch': 'paused',
  'resume-batch': 'resumed',
  'abort-batch': 'ended',
};

function refusal(move: BatchMove, state: string): string {
  return `A batch that is ${state.replace('-', ' ')} cannot be ${VERBS[move]}.`;
}
