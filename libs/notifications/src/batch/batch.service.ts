import { Injectable } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import { Prisma, PrismaService, withoutAddresses } from '#libs/platform/index.js';
import type { Transaction } from '#libs/platform/index.js';
import { AuditTrail } from '../audit/audit.trail.js';
import type { Acting, AuditAction } from '../audit/audit.trail.js';
import { ActionRefused, NothingToActOn } from '../audit/refusal.js';
import type { BatchAction } from './batch.actions.js';
import type { KeptFilter } from './batch.filter.js';
import { BatchIntake } from './batch.intake.js';
import { BatchMails } from './batch.mails.js';
import { orderOf } from './batch.ordered.js';
import type { Ordered } from './batch.ordered.js';
import { MOVES, OVER, refusal, refuseAboveCap } from './batch.move.rules.js';
import type { BatchMove, Moved, PlainMove } from './batch.move.rules.js';
import { BEGINS_TO_RUN, ENDS } from './batch.moves.sql.js';
import type { BatchState } from './batch.state.js';
import { BatchTurns, TurnLost } from './batch.turns.js';
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
  /** How a step is to be done; why is what whoever acts says. */
  ordered?: Omit<Ordered, 'reason'>;
}

/** The same of a list that is an object: its address is its name. */
export interface ObjectAsk extends Omit<BatchAsk, 'name'> {
  column?: string;
}

/** Who acts, and the call by which they do, where it may be repeated. */
export interface Calling extends Acting {
  source?: string;
}

/** Where a list comes from that a process reads while it comes. */
export type Origin = 'upload' | 'terminal';

/** What people do with batches: the same from pages, HTTP and the terminal. */
@Injectable()
export class BatchService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly intake: BatchIntake,
    private readonly turns: BatchTurns,
    private readonly mails: BatchMails,
    private readonly trail: AuditTrail,
  ) {}

  /**
   * Writes down a list while it comes. When it returns, the list is whole, and a worker looks at it; or it is refused, or was ended
   * meanwhile, and says why.
   * @returns the id of the batch.
   */
  async take(ask: BatchAsk, origin: Origin, list: AsyncIterable<ListRow>, acting: Acting): Promise<string> {
    const batch = await this.make(ask, { origin }, acting);
    try {
      // A sender may be slow, and a process that lives is not to be taken for one that died.
      await this.turns.keepWhile(batch, () => this.intake.load(batch, list));
    } catch (error) {
      // Somebody ended it meanwhile, or took it for forgotten: the batch itself says so.
      if (!(error instanceof TurnLost)) throw error;
    } finally {
      await this.turns.giveBack(batch);
    }
    return batch.id;
  }

  /** A list that is an object in S3, by its address. A worker reads it. The same call again gives the same batch. */
  async fromObject({ column, ...ask }: ObjectAsk, uri: string, acting: Calling): Promise<string> {
    const { id } = await this.make({ ...ask, name: uri }, { origin: 'object', column }, acting);
    return id;
  }

  /** A list of what the service itself knows. A worker reads it. The same call again gives the same batch. */
  async find(ask: BatchAsk, filter: KeptFilter, acting: Calling): Promise<string> {
    const { id } = await this.make(
      ask,
      { origin: 'filter', filter: filter as unknown as Prisma.InputJsonObject },
      acting,
    );
    return id;
  }

  /** The batch that a call has made already. */
  async madeBy(source: string): Promise<string | undefined> {
    const found = await this.prisma.batch.findUnique({ where: { source }, select: { id: true } });
    return found?.id;
  }

  /**
   * Starts, pauses, resumes or ends a batch. What this very call did before is not done again. Its mails that have not begun wait
   * while it is paused, go on at once when it is resumed, and end with it.
   * @throws NothingToActOn; ActionRefused when it is not in a state for that.
   */
  async move(id: string, move: PlainMove, acting: Calling): Promise<void> {
    const { from, to } = await this.prisma.retrying((tx) => this.moveIn(tx, id, move, acting));
    if (from === to) return;
    if (to === 'running') await this.mails.goOn(id);
    if (to === 'aborted') await this.mails.withdraw(id);
  }

  /**
   * The same for an approval. Whether that is what it would send, {@link BatchApproval} looks: doors call that.
   * @param seen the revision of what was looked at.
   * @throws NothingToActOn; ActionRefused when it is not in a state for that, or whoever made it wants to approve it.
   */
  async approve(id: string, seen: string, acting: Calling): Promise<void> {
    await this.prisma.retrying((tx) => this.moveIn(tx, id, 'approve-batch', acting, { seen }));
  }

  /** The dry run: from which state to which {@link move} would bring it. It throws where that would. */
  planMove(id: string, move: BatchMove, acting: Acting): Promise<Moved> {
    return this.prisma.rehearsing((tx) => this.moveIn(tx, id, move, acting));
  }

  /**
   * How many rows a second are applied at most; null for as fast as its mails go.
   * @throws NothingToActOn; ActionRefused when it is over.
   */
  async pace(id: string, rate: number | null, acting: Calling): Promise<void> {
    await this.prisma.retrying((tx) => this.paceIn(tx, id, rate, acting));
  }

  /** The dry run of {@link pace}. @returns the rate that it has. */
  planPace(id: string, rate: number | null, acting: Acting): Promise<number | null> {
    return this.prisma.rehearsing((tx) => this.paceIn(tx, id, rate, acting));
  }

  private async moveIn(
    tx: Transaction,
    id: string,
    move: BatchMove,
    acting: Calling,
    besides: { seen?: string } = {},
  ): Promise<Moved> {
    const before = await this.lock(tx, id);
    if (await this.isDone(tx, acting))
      return { from: before.state as BatchState, to: before.state as BatchState };
    const { from, to } = MOVES[move];
    if (!(from as readonly string[]).includes(before.state))
      throw new ActionRefused('wrong-state', refusal(move, before.state));
    if (move === 'approve-batch' && before.madeBy === acting.actor)
      throw new ActionRefused('own-batch', 'You made this batch. Another person has to approve it.');
    if (move === 'start-batch' || move === 'approve-batch') refuseAboveCap(before);
    const state = move === 'approve-batch' && before.startsItself ? 'running' : to;
    await tx.batch.update({
      where: { id },
      data: { state, ...(move === 'approve-batch' ? { approvedBy: acting.actor } : {}) },
    });
    if (state === 'running') await BEGINS_TO_RUN.run(tx, id);
    if (state === 'aborted') await ENDS.run(tx, id);
    await this.record(tx, id, move, acting, { state: before.state }, { state, ...besides });
    return { from: before.state as BatchState, to: state };
  }

  private async paceIn(tx: Transaction, id: string, rate: number | null, acting: Calling) {
    const before = await this.lock(tx, id);
    if (await this.isDone(tx, acting)) return before.rate;
    if (OVER.includes(before.state))
      throw new ActionRefused('wrong-state', `A batch that is ${before.state} has no rate any more.`);
    await tx.batch.update({ where: { id }, data: { rate } });
    await this.record(tx, id, 'pace-batch', acting, { rate: before.rate }, { rate });
    return before.rate;
  }

  private async isDone(tx: Transaction, { source }: Calling): Promise<boolean> {
    return source !== undefined && (await this.trail.has(tx, source));
  }

  private async make(
    { action, topic, incident, name, ordered }: BatchAsk,
    from: Omit<Prisma.BatchCreateManyInput, 'id' | 'action' | 'madeBy' | 'source'>,
    { source, ...acting }: Calling,
  ): Promise<WorkingBatch> {
    const made = uuid();
    const plain = {
      action,
      topic,
      incident: incident && withoutAddresses(incident),
      name: name && withoutAddresses(name),
      ordered: ordered && orderOf({ ...ordered, reason: acting.reason }),
    };
    const { id, token } = await this.prisma.retrying(async (tx) => {
      const data = { id: made, ...plain, ...from, source, madeBy: acting.actor };
      const { count } = await tx.batch.createMany({ data: [data], skipDuplicates: true });
      if (count === 0 && source !== undefined) {
        const earlier = await tx.batch.findUniqueOrThrow({ where: { source }, select: { id: true } });
        return { id: earlier.id, token: '' };
      }
      await this.record(tx, made, 'make-batch', acting, null, { ...plain, origin: from.origin });
      // What a worker reads is nobody's yet.
      return { id: made, token: from.filter === undefined ? await this.turns.begin(tx, made) : '' };
    });
    return { ...ofNothing, id, action, origin: from.origin, token, madeBy: acting.actor };
  }

  private async lock(tx: Transaction, id: string) {
    await tx.$queryRaw`SELECT 1 FROM batches WHERE id = ${id}::uuid FOR UPDATE`;
    const found = await tx.batch.findUnique({
      where: { id },
      select: { state: true, madeBy: true, rate: true, startsItself: true, ordered: true, counts: true },
    });
    if (!found) throw new NothingToActOn('There is no such batch.');
    return found;
  }

  private async record(
    tx: Transaction,
    target: string,
    action: AuditAction,
    acting: Calling,
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
  ordered: null,
  isLoaded: false,
  checkedTo: 0,
  appliedTo: 0,
} as const;
