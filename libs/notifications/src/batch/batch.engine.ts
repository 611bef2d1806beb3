import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { concerning, isDatabaseAway } from '#libs/platform/index.js';
import { isStep } from './batch.actions.js';
import { BatchChecking } from './batch.checking.js';
import { BatchIntake } from './batch.intake.js';
import { ListAway, ListRefused } from './batch.refused.js';
import { BatchRooms } from './batch.room.js';
import { BatchRunning } from './batch.running.js';
import { BatchSources } from './batch.sources.js';
import { BatchTurns, TurnLost } from './batch.turns.js';
import type { WorkingBatch } from './batch.turns.js';
import type { ListRow } from './list.row.js';

/** Milliseconds for which a process works on one batch before the next one has its turn. */
const SLICE = 5_000;
/** Milliseconds by which a timer may come too early for the clock of the database. */
const LATE = 5;

/** Works on batches, one after the other, a while at each: reads them, looks at their rows, runs them. Any process may go on with any. */
@Injectable()
export class BatchEngine {
  private readonly logger = new Logger(BatchEngine.name);

  constructor(
    private readonly turns: BatchTurns,
    private readonly sources: BatchSources,
    private readonly intake: BatchIntake,
    private readonly checking: BatchChecking,
    private readonly running: BatchRunning,
    private readonly rooms: BatchRooms,
  ) {}

  /** Works until nothing is left to do just now, or it is told to stop. */
  async work(stop: AbortSignal): Promise<void> {
    /** Those that do not come forward: they wait for their mails. */
    const waiting = new Set<string>();
    /** When the first of those with a rate goes on, by the clock of this process. */
    let nextPaced: number | undefined;
    while (!stop.aborted) {
      const batch = await this.turns.take([...waiting]);
      if (batch) {
        const { isForward, wait } = await this.turn(batch, stop);
        if (isForward) waiting.clear();
        else waiting.add(batch.id);
        if (wait !== undefined) nextPaced = Math.min(nextPaced ?? Infinity, Date.now() + wait + LATE);
        continue;
      }
      if (nextPaced === undefined) return;
      await delay(Math.max(0, nextPaced - Date.now()), undefined, { signal: stop }).catch(() => undefined);
      nextPaced = undefined;
      waiting.clear();
    }
  }

  /** Works on one for a while and gives it back. What goes wrong with it keeps none of the others. */
  turn(batch: WorkingBatch, stop: AbortSignal): Promise<Turn> {
    return concerning({ batchId: batch.id }, () => this.orGiveBack(batch, stop));
  }

  private async orGiveBack(batch: WorkingBatch, stop: AbortSignal): Promise<Turn> {
    try {
      const turn = await this.slice(batch, stop);
      await this.turns.giveBack(batch, turn.wait);
      return turn;
    } catch (error) {
      if (error instanceof TurnLost) await this.turns.giveBack(batch);
      else {
        const { why, ...failure } = failureOf(error);
        this.logger.error({ message: 'A batch does not go on; it is tried again', why, ...failure });
        await this.turns.giveBackFailed(batch, why);
      }
      return { isForward: true };
    }
  }

  private async slice(batch: WorkingBatch, stop: AbortSignal): Promise<Turn> {
    if (!batch.isLoaded) {
      await this.load(batch, stop);
      return { isForward: true };
    }
    const work = () => (batch.state === 'running' ? this.run(batch, stop) : this.check(batch, stop));
    // A step may have to ask others for long.
    return isStep(batch.action) ? this.turns.keepWhile(batch, work) : work();
  }

  private async load(batch: WorkingBatch, stop: AbortSignal): Promise<void> {
    try {
      // Its source may be slow.
      await this.turns.keepWhile(batch, async () => {
        const list = await this.sources.open(batch);
        try {
          const noted = list.asked ? await this.intake.note(batch, list.asked) : batch;
          await this.intake.load(noted, untilStopped(list.rows, stop));
        } finally {
          list.close?.();
        }
      });
    } catch (error) {
      if (!(error instanceof ListRefused)) throw error;
      await this.intake.refuse(batch, error);
    }
  }

  private async check(batch: WorkingBatch, stop: AbortSignal): Promise<Turn> {
    const until = Date.now() + SLICE;
    await this.checking.lookAt(batch, () => Date.now() < until && !stop.aborted);
    return { isForward: true };
  }

  private async run(batch: WorkingBatch, stop: AbortSignal): Promise<Turn> {
    try {
      return await this.runOn(batch, stop);
    } finally {
      await this.running.queued();
    }
  }

  private async runOn(batch: WorkingBatch, stop: AbortSignal): Promise<Turn> {
    const until = Date.now() + SLICE;
    const room = this.rooms.of(batch);
    let at: number | undefined = batch.appliedTo;
    let isForward = false;
    while (at !== undefined && Date.now() < until && !stop.aborted) {
      const { most, isSettled } = await room.now();
      // The mails of a step are others': it is done when its rows are.
      const mayFinish = isStep(batch.action) || isSettled;
      // Behind its last row nothing is to be written before its mails are settled.
      if (most === 0 || (at >= batch.checkedTo && !mayFinish)) break;
      const began = Date.now();
      const done = await this.running.step(batch, at, most, mayFinish);
      room.take(done);
      const { last, rows, rate } = done;
      at = last;
      isForward ||= rows > 0 || mayFinish;
      // Others have their turn meanwhile.
      if (rate && rows > 0)
        return { isForward, wait: Math.max(0, (rows * 1_000) / rate - (Date.now() - began)) };
    }
    return { isForward };
  }
}

/** How a turn ended. */
interface Turn {
  /** Something of it is done. */
  isForward: boolean;
  /** Milliseconds until it may go on, by its rate. */
  wait?: number;
}

/** A process that is to end does not read a long list to its end: another begins it anew. */
async function* untilStopped(rows: AsyncIterable<ListRow>, stop: AbortSignal): AsyncGenerator<ListRow> {
  for await (const row of rows) {
    if (stop.aborted) throw new TurnLost();
    yield row;
  }
}

/** What people read of it. Values of the list have no place in that. */
function failureOf(error: unknown): { why: string; err?: unknown } {
  if (error instanceof ListAway) return { why: error.message };
  const why = isDatabaseAway(error) ? 'The database cannot be reached.' : 'The log of a worker says why.';
  return {
    why: `It does not go on just now. ${why} It is tried again by itself, less and less often, and goes on where it was.`,
    err: error,
  };
}
