import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { isDatabaseAway, Prepared, PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { isStep } from './batch.actions.js';
import { BatchChecking } from './batch.checking.js';
import { BatchIntake } from './batch.intake.js';
import { ListAway, ListRefused } from './batch.refused.js';
import { MAILS_OF_ROWS_NOW } from './batch.row.mails.js';
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
  async turn(batch: WorkingBatch, stop: AbortSignal): Promise<Turn> {
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
    let at: number | undefined = batch.appliedTo;
    let isForward = false;
    while (at !== undefined && Date.now() < until && !stop.aborted) {
      const now = await this.mailsNow(batch);
      const most = now ? this.roomFor(now) : 0;
      if (!now || most === 0) break;
      // The mails of a step are others': it is done when its rows are.
      const mayFinish = isStep(batch.action) || this.isSettled(now);
      const began = Date.now();
      const { last, rows, rate } = await this.running.step(batch, at, most, mayFinish);
      at = last;
      isForward ||= rows > 0 || mayFinish;
      // Others have their turn meanwhile.
      if (rate && rows > 0)
        return { isForward, wait: Math.max(0, (rows * 1_000) / rate - (Date.now() - began)) };
    }
    return { isForward };
  }

  /**
   * How its mails stand. Undefined when it does not run any more.
   * @throws TurnLost when it stops, since too many of the last ones failed.
   */
  private async mailsNow({ id, token, action }: WorkingBatch): Promise<MailsNow | undefined> {
    const { BATCH_ON_THE_WAY, BATCH_STOP_AT } = this.settings;
    const mails = isStep(action) ? MAILS_OF_ROWS_NOW : MAILS_NOW;
    const [now] = await mails.run(this.prisma.pool, id, BATCH_ON_THE_WAY);
    if (!now || now.failed <= BATCH_STOP_AT) return now;
    const { failed } = now;
    const stopped = await STOP.run(this.prisma.pool, id, token, saidOfStop(failed, BATCH_STOP_AT));
    if (stopped.length > 0)
      this.logger.error({
        message: 'A batch stopped by itself: too many of its mails fail or come back',
        batch: id,
        failed,
      });
    throw new TurnLost();
  }

  /** Rows that may be applied now; none while enough of its mails are on their way. */
  private roomFor({ onTheWay, rate }: MailsNow): number {
    const paced = rate === null ? CHUNK : Math.max(1, Math.ceil(rate / PACES));
    return Math.max(0, Math.min(CHUNK, paced, this.settings.BATCH_ON_THE_WAY - onTheWay));
  }

  /** No mail is on its way, and those that wait for a later try are too few for the batch to have to stop. */
  private isSettled({ onTheWay, open, failed }: MailsNow): boolean {
    return onTheWay === 0 && failed + open <= this.settings.BATCH_STOP_AT;
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
  /** These, and those that wait for a later try; ten times as many as may be on their way at most. */
  open: number;
  /** Of the last thousand that ended. */
  failed: number;
  rate: number | null;
}

/** What waits for a later try is on its way as well, but holds up nobody; unless there are ten times as many. */
export const MAILS_NOW = new Prepared<[id: string, most: number], MailsNow>(
  'mails of a batch now',
  `SELECT b.rate, open.mails AS open, greatest(open.soon, open.mails - 9 * $2::int) AS "onTheWay",
     (SELECT count(*)::int FROM (
        SELECT n.state, n.bounced_at FROM notifications n
        WHERE ${mailsOf('n')} AND n.settled_at > b.resumed_at ORDER BY n.settled_at DESC LIMIT 1000) AS last
      WHERE last.state = 'failed' OR last.bounced_at IS NOT NULL) AS failed
   FROM batches b, LATERAL (
     SELECT count(*)::int AS mails, (count(*) FILTER (WHERE due_at < now() + interval '1 minute'))::int AS soon FROM (
       SELECT n.due_at FROM notifications n WHERE ${mailsOf('n')} AND n.settled_at IS NULL LIMIT 10 * $2::int) AS those
   ) AS open
   WHERE b.id = $1::uuid AND b.state = 'running'`,
);

const STOP = new Prepared<[id: string, token: string, detail: string], { id: string }>(
  'stop batch',
  `UPDATE batches SET state = 'stopped', reason = 'too-many-failed', detail = $3::text
   WHERE id = $1::uuid AND lease_token = $2::uuid AND state = 'running' RETURNING id`,
);
