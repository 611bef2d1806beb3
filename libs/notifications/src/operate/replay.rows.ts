import { Injectable, Logger } from '@nestjs/common';
import { isDatabaseAway, PrismaService, unlessRefused } from '#libs/platform/index.js';
import type { Transaction } from '#libs/platform/index.js';
import { ActionRefused } from '../audit/refusal.js';
import type { Acting } from '../audit/audit.trail.js';
import type { BatchRow } from '../batch/batch.entry.js';
import { BatchSteps } from '../batch/batch.steps.js';
import type { Applied, Looked, RowStep, StepAct } from '../batch/batch.steps.js';
import type { WorkingBatch } from '../batch/batch.turns.js';
import { DISMISSED } from '../quarantine/quarantine.service.js';
import { ReplayService } from '../receive/replay.service.js';
import type { PutThrough } from '../receive/replay.service.js';
import type { Recorded } from '../send/send.queue.js';
import type { EntryOutcome } from '../terms/entries.js';

/** Puts the parked messages of a list through their doors again. */
@Injectable()
export class ReplayRows implements RowStep {
  readonly atOnce = 20;
  private readonly logger = new Logger(ReplayRows.name);

  constructor(
    private readonly prisma: PrismaService,
    private readonly replays: ReplayService,
    steps: BatchSteps,
  ) {
    steps.register('replay', this);
  }

  /** Whether one finds its way is known only when it is put through. */
  async look(_batch: WorkingBatch, subjects: string[]): Promise<Map<string, Looked>> {
    const found = await this.prisma.quarantineEntry.findMany({
      where: { id: { in: subjects } },
      select: { id: true, taxReturnId: true, resolvedAt: true, resolution: true },
    });
    return new Map(
      found.map(({ id, taxReturnId, resolvedAt, resolution }): [string, Looked] => {
        const about = { key: id, taxReturnId };
        if (resolution === DISMISSED) return [id, { ...about, outcome: 'not-affected', reason: DISMISSED }];
        return [id, { ...about, outcome: resolvedAt === null ? 'ready' : 'already-done' }];
      }),
    );
  }

  /** To read one may ask somebody outside, so all are read before the transaction. */
  async begin(batch: WorkingBatch, rows: BatchRow[]): Promise<StepAct> {
    const acting = { actor: batch.madeBy, reason: batch.ordered?.reason ?? '' };
    const read = new Map<number, ReadRow>();
    for (const { row, subject } of rows) read.set(row, await this.read(row, subject, acting));
    return async (tx, some) => {
      const all: PutRow[] = [];
      for (const { row, subject } of some)
        all.push(await this.put(tx, read.get(row) ?? { row, id: subject }));
      return {
        applied: all.map(({ applied }) => applied),
        mails: all.flatMap(({ recorded }) =>
          (recorded?.mails ?? []).map((mail) => ({ ...mail, inBatch: true })),
        ),
        idsGiven: all.flatMap(({ recorded }) => recorded?.idsGiven ?? []),
      };
    };
  }

  private async read(row: number, id: string, acting: Acting): Promise<ReadRow> {
    try {
      return { row, id, through: await this.replays.begin(id, acting) };
    } catch (error) {
      // Nothing is wrong with the message: all of them are read again later.
      if (isDatabaseAway(error)) throw error;
      return { row, id, refused: this.refusalOf(id, error) };
    }
  }

  /** What cannot be stored keeps none of the others from its turn. */
  private async put(tx: Transaction, { row, id, through, refused }: ReadRow): Promise<PutRow> {
    if (refused !== undefined) return { applied: { row, outcome: 'not-affected', reason: refused } };
    if (!through) return { applied: { row, outcome: 'unknown' } };
    const leftOut = (error: unknown): PutRow => ({
      applied: { row, outcome: 'not-affected', reason: this.refusalOf(id, error) },
    });
    try {
      return await unlessRefused(() => this.putApart(tx, row, through), leftOut);
    } catch (error) {
      if (error instanceof ActionRefused) return leftOut(error);
      throw error;
    }
  }

  private async putApart(tx: Transaction, row: number, through: PutThrough): Promise<PutRow> {
    const recorded = await this.prisma.apart(tx, () => through(tx));
    const [mail] = recorded.mails;
    return { applied: { row, ...endingOf(recorded.outcomes), notificationId: mail?.id }, recorded };
  }

  private refusalOf(id: string, error: unknown): string {
    if (error instanceof ActionRefused) return error.why;
    this.logger.error({ message: 'A parked entry could not be replayed', quarantineId: id, err: error });
    return 'not-stored';
  }
}

/** One that was read again, or why it was not. */
interface ReadRow {
  row: number;
  id: string;
  through?: PutThrough;
  refused?: string;
}

/** What became of it, and what is to be queued and heard of. */
interface PutRow {
  applied: Applied;
  recorded?: Recorded;
}

/** A message that is taken apart has several. */
function endingOf(outcomes: EntryOutcome[]): Omit<Applied, 'row'> {
  const open = outcomes.find(({ outcome }) => outcome === 'parked' || outcome === 'refused');
  if (outcomes.some(({ outcome }) => outcome === 'applied'))
    return { outcome: 'applied', reason: open?.reason };
  return open ? { outcome: 'not-affected', reason: open.reason } : { outcome: 'already-done' };
}
