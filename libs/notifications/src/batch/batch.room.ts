import { Inject, Injectable, Logger } from '@nestjs/common';
import { Prepared, PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { workOf } from './batch.actions.js';
import { mailsOf } from './batch.mails.sql.js';
import { MAILS_OF_ROWS_NOW } from './batch.row.mails.js';
import type { Done } from './batch.running.js';
import { TurnLost } from './batch.turns.js';
import type { WorkingBatch } from './batch.turns.js';

/** Rows of one transaction: enough to save round trips, few enough to hold locks briefly. */
const CHUNK = 200;
/** Parts of a second in which a batch with a rate goes on. */
const PACES = 4;
/** Milliseconds for which a look at its mails counts, while what is applied meanwhile is counted as on its way. */
const COUNTS_FOR = 250;

/** How the mails of a batch stand. */
export interface MailsNow {
  onTheWay: number;
  /** These, and those that wait for a later try; ten times as many as may be on their way at most. */
  open: number;
  /** Of the last thousand that ended. */
  failed: number;
  rate: number | null;
}

/** What may be done of a batch now. */
export interface Room {
  /** Rows that may be applied; none while enough of its mails are on their way, or when it does not run any more. */
  most: number;
  /** No mail is on its way, and those that wait for a later try are too few for the batch to have to stop. */
  isSettled: boolean;
}

/** How many rows of a batch may be applied, as its mails go. */
@Injectable()
export class BatchRooms {
  private readonly logger = new Logger(BatchRooms.name);

  constructor(
    private readonly prisma: PrismaService,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'BATCH_ON_THE_WAY' | 'BATCH_STOP_AT'>,
  ) {}

  /** For one turn. */
  of(batch: WorkingBatch): BatchRoom {
    return new BatchRoom(() => this.look(batch), this.settings);
  }

  /** @throws TurnLost when it stops, since too many of the last ones failed. */
  private async look({ id, token, action }: WorkingBatch): Promise<MailsNow | undefined> {
    const { BATCH_ON_THE_WAY, BATCH_STOP_AT } = this.settings;
    const work = workOf(action);
    const mails = !('step' in work) ? MAILS_NOW : work.mails ? MAILS_OF_ROWS_NOW : NO_MAILS_NOW;
    const [now] = await mails.run(this.prisma.pool, id, BATCH_ON_THE_WAY);
    if (!now || now.failed <= BATCH_STOP_AT) return now;
    const { failed } = now;
    const stopped = await STOP.run(this.prisma.pool, id, token, saidOfStop(failed, BATCH_STOP_AT));
    if (stopped.length > 0)
      this.logger.error({
        message: 'A batch stopped by itself: too many of its mails fail or come back',
        failed,
      });
    throw new TurnLost();
  }
}

/** The room of one batch: looked at a few times a second, and taken by what is applied in between. */
export class BatchRoom {
  private mails: MailsNow | undefined;
  private lookedAt = -Infinity;

  constructor(
    private readonly look: () => Promise<MailsNow | undefined>,
    private readonly settings: Pick<Settings, 'BATCH_ON_THE_WAY' | 'BATCH_STOP_AT'>,
  ) {}

  async now(): Promise<Room> {
    const isOld = performance.now() - this.lookedAt >= COUNTS_FOR;
    if (isOld || !this.mails || this.left(this.mails) < wholeOf(this.mails)) {
      this.lookedAt = performance.now();
      this.mails = await this.look();
    }
    if (!this.mails) return { most: 0, isSettled: false };
    const { onTheWay, open, failed } = this.mails;
    return {
      most: Math.max(0, Math.min(wholeOf(this.mails), this.left(this.mails))),
      isSettled: onTheWay === 0 && failed + open <= this.settings.BATCH_STOP_AT,
    };
  }

  /** What was done takes its room until the next look. */
  take({ mails, rate }: Done): void {
    if (!this.mails) return;
    const { onTheWay, open, failed } = this.mails;
    this.mails = { onTheWay: onTheWay + mails, open: open + mails, failed, rate };
  }

  private left({ onTheWay }: MailsNow): number {
    return this.settings.BATCH_ON_THE_WAY - onTheWay;
  }
}

/** Rows of one transaction where nothing is in their way. */
function wholeOf({ rate }: MailsNow): number {
  return rate === null ? CHUNK : Math.min(CHUNK, Math.max(1, Math.ceil(rate / PACES)));
}

function saidOfStop(failed: number, allowed: number): string {
  return `${failed} of its last thousand mails failed or came back, more than the ${allowed} allowed. Find out why, then resume or abort it.`;
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

/** Of a step that sends nothing: how it stands, in the same words. */
const NO_MAILS_NOW = new Prepared<[id: string, most: number], MailsNow>(
  'batch without mails now',
  `SELECT rate, 0 AS "onTheWay", 0 AS open, 0 AS failed FROM batches WHERE id = $1::uuid AND state = 'running' AND $2::int > 0`,
);

const STOP = new Prepared<[id: string, token: string, detail: string], { id: string }>(
  'stop batch',
  `UPDATE batches SET state = 'stopped', reason = 'too-many-failed', detail = $3::text
   WHERE id = $1::uuid AND lease_token = $2::uuid AND state = 'running' RETURNING id`,
);
