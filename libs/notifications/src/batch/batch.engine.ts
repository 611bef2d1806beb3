import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Prepared, PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { BatchChecking } from './batch.checking.js';
import { BatchIntake } from './batch.intake.js';
import { ListAway, ListRefused } from './batch.refused.js';
import { BatchRunning } from './batch.running.js';
import { BatchSources } from './batch.sources.js';
import { BatchTurns, TurnLost } from './batch.turns.js';
import type { WorkingBatch } from './batch.turns.js';
import type { ListRow } from './list.row.js';

/** Rows of one transaction: enough to save round trips, few enough to hold locks briefly. */
const CHUNK = 200;
/** Milliseconds for which a process works on one batch before the next one has its turn. */
const SLICE = 5_000;
/** Parts of a second in which a batch with a rate goes on. */
const PACES = 4;

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
    const waiting = new Set<string>();
    while (!stop.aborted) {
      const batch = await this.turns.take();
      if (!batch) return;
      try {
        if (await this.slice(batch, stop)) waiting.clear();
        else if (waiting.has(batch.id)) return;
        else waiting.add(batch.id);
      } catch (error) {
        if (!(error instanceof TurnLost)) throw error;
      } finally {
        await this.turns.giveBack(batch);
      }
    }
  }

  /** @returns whether it came forward. */
  private async slice(batch: WorkingBatch, stop: AbortSignal): Promise<boolean> {
    if (batch.state === 'running') return this.run(batch, stop);
    if (!batch.isLoaded) await this.load(batch, stop);
    else await this.check(batch, stop);
    return true;
  }

  private async load(batch: WorkingBatch, stop: AbortSignal): Promise<void> {
    try {
      await this.turns.keeping(batch, async () => {
        const list = await this.sources.open(batch);
        try {
          const noted = list.asked ? await this.intake.note(batch, list.asked) : batch;
          await this.intake.load(noted, until(stop, list.rows));
        } finally {
          list.close?.();
        }
      });
    } catch (error) {
      if (error instanceof ListRefused) return this.intake.refuse(batch, error);
      if (!(error instanceof ListAway)) throw error;
      this.logger.warn({ message: error.message, batch: batch.id });
      await this.turns.putOff(batch, error.message);
    }
  }

  private async check(batch: WorkingBatch, stop: AbortSignal): Promise<void> {
    const until = Date.now() + SLICE;
    let at: number | undefined = batch.checkedTo;
    while (at !== undefined && Date.now() < until && !stop.aborted) at = await this.checking.step(batch, at);
  }

  private async run(batch: WorkingBatch, stop: AbortSignal): Promise<boolean> {
    const until = Date.now() + SLICE;
    let at: number | undefined = batch.appliedTo;
    let done = 0;
    while (at !== undefined && Date.now() < until && !stop.aborted) {
      const most = await this.roomFor(batch);
      if (most === 0) break;
      const began = Date.now();
      const { last, rows, rate } = await this.running.step(batch, at, most);
      at = last;
      done += rows;
      if (rate)
        await delay(Math.max(0, (rows * 1_000) / rate - (Date.now() - began)), undefined, {
          signal: stop,
        }).catch(() => undefined);
    }
    return done > 0;
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
    return Math.min(CHUNK, paced, most - onTheWay);
  }
}

/** Leaves a list in the middle when the process is to end: another one reads it, from its beginning. */
async function* until(stop: AbortSignal, rows: AsyncIterable<ListRow>): AsyncGenerator<ListRow> {
  for await (const row of rows) {
    if (stop.aborted) throw new TurnLost();
    yield row;
  }
}

function saidOfStop(failed: number, allowed: number): string {
  return `${failed} of its last thousand mails failed or came back, more than the ${allowed} that are allowed. Find out why, then resume or abort it.`;
}

interface MailsNow {
  onTheWay: number;
  failed: number;
  rate: number | null;
}

/** What waits for a later try is on its way as well, but holds up nobody. */
const MAILS_NOW = new Prepared<[id: string, most: number], MailsNow>(
  'mails of a batch now',
  `SELECT b.rate,
     (SELECT count(*)::int FROM (
        SELECT 1 FROM notifications n
        WHERE n.batch_id = b.id AND n.settled_at IS NULL AND n.due_at < now() + interval '1 minute' LIMIT $2::int) AS soon) AS "onTheWay",
     (SELECT count(*)::int FROM (
        SELECT n.state, n.bounced_at FROM notifications n
        WHERE n.batch_id = b.id AND n.settled_at > b.resumed_at ORDER BY n.settled_at DESC LIMIT 1000) AS last
      WHERE last.state = 'failed' OR last.bounced_at IS NOT NULL) AS failed
   FROM batches b WHERE b.id = $1::uuid AND b.state = 'running'`,
);

const STOP = new Prepared<[id: string, token: string, detail: string], { id: string }>(
  'stop batch',
  `UPDATE batches SET state = 'stopped', reason = 'too-many-failed', detail = $3::text
   WHERE id = $1::uuid AND lease_token = $2::uuid AND state = 'running' RETURNING id`,
);
