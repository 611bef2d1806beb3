import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { isDatabaseAway, Prepared, PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { BatchChecking } from './batch.checking.js';
import { BatchIntake } from './batch.intake.js';
import { ListAway, ListRefused } from './batch.refused.js';
import { BatchRunning } from './batch.running.js';
import { BatchSources } from './batch.sources.js';
import { mailsOf } from './batch.mails.sql.js';
import { BatchTurns, TurnLost } from './batch.turns.js';
import type { WorkingBatch } from './batch.turns.js';
import type { ListRow } from './list.row.js';

/** Rows of one transaction: enough to save round trips, few enough to hold locks briefly. */
const CHUNK = 200;
/** Milliseconds for which a process works on one batch before the next one has its turn. */
const SLICE = 5_000;
/** Parts of a second in which a batch with a rate goes on. */
const PACES = 4;
/** Milliseconds by which a timer may come too early for the clock of the database. */
const LATE = 5;

/** Works on batches, one after the other, a while at each: reads them, looks at their rows, runs them. Any process may go on with any. */
@Injectable()
export class BatchEngine {
  private readonly logger = new Logger(BatchEngine.name);

  constructor(
    private readonly prisma: PrismaService,
    private readonly turns: BatchTurns,
    private readonly sources: BatchSources,
    private readonly intake: BatchIntake,
    private readonly checking: BatchChecking,
    private readonly running: BatchRunning,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Works until nothing is left to do just now, or it is told to stop. */
  async work(stop: AbortSignal): Promise<void> {
    /** Those that do not come forward: they wait for their mails. */
    const waiting = new Set<string>();
    /** When the first of those with a rate goes on, by the clock of this process. */
    let nextPaced: number | undefined;
    while (!stop.aborted) {
      const batch = await this.turns.take();
      if (batch && !waiting.has(batch.id)) {
        const { isForward, wait } = await this.turn(batch, stop);
        if (isForward) waiting.clear();
        else waiting.add(batch.id);
        if (wait !== undefined) nextPaced = Math.min(nextPaced ?? Infinity, Date.now() + wait + LATE);
        continue;
      }
      if (batch) await this.turns.giveBack(batch);
      if (nextPaced === undefined) return;
      await delay(Math.max(0, nextPaced - Date.now()), undefined, { signal: stop }).catch(() => undefined);
      nextPaced = undefined;
      waiting.clear();
    }
  }

  /** Works on one for a while and gives it back. What goes wrong with it keeps none of the others. */
  private async turn(batch: WorkingBatch, stop: AbortSignal): Promise<Turn> {
    try {
      const turn = await this.slice(batch, stop);
      await this.turns.giveBack(batch, turn.wait);
      return turn;
    } catch (error) {
      if (error instanceof TurnLost) await this.turns.giveBack(batch);
      else {
        const { message, ...failure } = failureOf(error);
        this.logger.error({ message, batch: batch.id, ...failure });
        await this.turns.giveBackFailed(batch, message);
      }
      return { isForward: true };
    }
  }

  private async slice(batch: WorkingBatch, stop: AbortSignal): Promise<Turn> {
    if (batch.state === 'running') return this.run(batch, stop);
    if (!batch.isLoaded) await this.load(batch, stop);
    else await this.check(batch, stop);
    return { isForward: true };
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

  private async check(batch: WorkingBatch, stop: AbortSignal): Promise<void> {
    const until = Date.now() + SLICE;
    let at: number | undefined = batch.checkedTo;
    while (at !== undefined && Date.now() < until && !stop.aborted) at = await this.checking.step(batch, at);
  }

  private async run(batch: WorkingBatch, stop: AbortSignal): Promise<Turn> {
    const until = Date.now() + SLICE;
    let at: number | undefined = batch.appliedTo;
    let isForward = false;
    while (at !== undefined && Date.now() < until && !stop.aborted) {
      const most = await this.roomFor(batch);
      if (most === 0) break;
      const began = Date.now();
      const { last, rows, rate } = await this.running.step(batch, at, most);
      at = last;
      isForward = true;
      // Others have their turn meanwhile.
      if (rate && rows > 0)
        return { isForward, wait: Math.max(0, (rows * 1_000) / rate - (Date.now() - began)) };
    }
    return { isForward };
  }

  /** Rows that may be applied now; none while enough of its mails are on their way, or when too many of the last ones failed. */
  private async roomFor({ id, token }: WorkingBatch): Promise<number> {
    const most = this.settings.BATCH_ON_THE_WAY;
    const [now] = await MAILS_NOW.run(this.prisma.pool, id, most);
    if (!now) return 0;
    const { onTheWay, failed, rate } = now;
    if (failed > this.settings.BATCH_STOP_AT) {
      const stopped = await STOP.run(
        this.prisma.pool,
        id,
        token,
        saidOfStop(failed, this.settings.BATCH_STOP_AT),
      );
      if (stopped.length > 0)
        this.logger.error({
          message: 'A batch stopped by itself: too many of its mails fail or come back',
          batch: id,
          failed,
        });
      throw new TurnLost();
    }
    const paced = rate === null ? CHUNK : Math.max(1, Math.ceil(rate / PACES));
    return Math.max(0, Math.min(CHUNK, paced, most - onTheWay));
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
function failureOf(error: unknown): { message: string; err?: unknown } {
  if (error instanceof ListAway) return { message: error.message };
  const why = isDatabaseAway(error) ? 'The database cannot be reached.' : 'The log of a worker says why.';
  return {
    message: `It does not go on just now. ${why} It is tried again by itself, less and less often, and goes on where it was.`,
    err: error,
  };
}

function saidOfStop(failed: number, allowed: number): string {
  return `${failed} of its last thousand mails failed or came back, more than the ${allowed} allowed. Find out why, then resume or abort it.`;
}

interface MailsNow {
  onTheWay: number;
  failed: number;
  rate: number | null;
}

/** What waits for a later try is on its way as well, but holds up nobody; unless there are ten times as many. */
export const MAILS_NOW = new Prepared<[id: string, most: number], MailsNow>(
  'mails of a batch now',
  `SELECT b.rate,
     (SELECT greatest(count(*) FILTER (WHERE due_at < now() + interval '1 minute'), count(*) - 9 * $2::int)::int FROM (
        SELECT n.due_at FROM notifications n WHERE ${mailsOf('n')} AND n.settled_at IS NULL LIMIT 10 * $2::int) AS open) AS "onTheWay",
     (SELECT count(*)::int FROM (
        SELECT n.state, n.bounced_at FROM notifications n
        WHERE ${mailsOf('n')} AND n.settled_at > b.resumed_at ORDER BY n.settled_at DESC LIMIT 1000) AS last
      WHERE last.state = 'failed' OR last.bounced_at IS NOT NULL) AS failed
   FROM batches b WHERE b.id = $1::uuid AND b.state = 'running'`,
);

const STOP = new Prepared<[id: string, token: string, detail: string], { id: string }>(
  'stop batch',
  `UPDATE batches SET state = 'stopped', reason = 'too-many-failed', detail = $3::text
   WHERE id = $1::uuid AND lease_token = $2::uuid AND state = 'running' RETURNING id`,
);
