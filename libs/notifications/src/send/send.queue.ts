import { BullModule, getQueueToken } from '@nestjs/bullmq';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { announce, since, stepBegins, traceparent, within } from '#libs/platform/index.js';
import type { EntryOutcome } from '../terms/entries.js';
import { laneOf, LANES } from '../terms/mail.kinds.js';
import type { Lane } from '../terms/mail.kinds.js';

/** The BullMQ queue of each lane. */
export const LANE_QUEUES: Record<Lane, string> = { urgent: 'send-urgent', bulk: 'send-bulk' };

/** The queues of the lanes, for a module that queues. */
export function registerSendQueues(): DynamicModule {
  // A factory: plain options would be one object, connection included, for all applications of a process.
  return BullModule.registerQueueAsync(
    ...Object.values(LANE_QUEUES).map((name) => ({ name, useFactory: () => ({ name }) })),
  );
}

/** A job says "look at this notification", and which trace that belongs to. */
export interface SendJob {
  notificationId: string;
  traceparent?: string;
}

/** What the relay takes of one lane, from all workers together. */
export interface RelayLimits {
  /** Mails begun in a second. */
  rate?: number;
  /** Mails at once. */
  concurrency?: number;
}

/** As much of a notification as it takes to queue it. */
export interface QueuedRow {
  id: string;
  template: string;
  state: string;
  attempt: number;
  /** It is one of many that were asked for together. */
  inBatch: boolean;
  /** Milliseconds until it is due. */
  wait: number;
  /** What asked for it, where it was recorded together with what others asked for. */
  traceparent?: string;
  /** A job of it waits already, for a later time. */
  isSooner?: boolean;
}

/** Entries that were recorded in a transaction that goes on, and the mails to be queued once it is committed. */
export interface Recorded {
  outcomes: EntryOutcome[];
  mails: QueuedRow[];
  /** The authority's ids that submissions got: what waited for one can be applied once it is committed. */
  idsGiven?: string[];
}

/** Milliseconds: a retry that waits longer gets no job; the sweep finds it when its time has come. */
const LONGEST_RETRY_DELAY = 6 * 3_600_000;
/**
 * Milliseconds: a first try that waits longer gets none either. Its time may still be moved, and a job that waits would
 * swallow the next one of its id.
 */
const LONGEST_FIRST_DELAY = 60_000;
/** A queue that does not answer must not hold up what is committed already. */
const ANSWER_WITHIN = 3_000;

/**
 * Puts notifications in front of the workers. A job lost here is found by the sweep, a job doubled here finds its row
 * taken: nothing depends on this but speed.
 */
@Injectable()
export class SendQueue {
  private readonly logger = new Logger(SendQueue.name);
  /** Lanes whose last jobs the server has not taken yet. Their client keeps them; to add more would fill the memory. */
  private readonly stuck = new Set<Lane>();
  private readonly counting = new Map<Lane, Promise<Record<string, number>>>();

  constructor(
    @Inject(getQueueToken(LANE_QUEUES.urgent)) private readonly urgent: Queue<SendJob>,
    @Inject(getQueueToken(LANE_QUEUES.bulk)) private readonly bulk: Queue<SendJob>,
  ) {
    // A lost connection mends itself, and whoever asks meanwhile is told. Without a listener BullMQ prints each error raw.
    for (const queue of [urgent, bulk]) queue.on('error', () => undefined);
  }

  /** Queues those that wait for their turn. Never throws: false says that the sweep will have to do it. */
  async enqueue(rows: QueuedRow[]): Promise<boolean> {
    const soon = rows.filter(
      (row) =>
        row.state === 'queued' && row.wait < (row.attempt > 0 ? LONGEST_RETRY_DELAY : LONGEST_FIRST_DELAY),
    );
    if (soon.length === 0) return true;
    const began = stepBegins();
    try {
      await Promise.all(LANES.map((lane) => this.add(lane, soon)));
      if (began)
        for (const { id, template, traceparent } of soon)
          announce({ step: 'enqueued', id, template, traceparent, ms: since(began) });
      return true;
    } catch (error) {
      this.logger.warn({
        message: 'The send queue did not take jobs; the sweep will queue them',
        jobs: soon.length,
        err: error,
      });
      return false;
    }
  }

  /**
   * What the relay takes of each lane, told to the queue itself, so that all workers share it. Whoever is over the limit
   * waits in the queue. Workers that disagree overrule each other: give all of them the same settings.
   */
  async limit(lane: Lane, { rate, concurrency }: RelayLimits): Promise<void> {
    const queue = this[lane];
    await (rate ? queue.setGlobalRateLimit(rate, 1_000) : queue.removeGlobalRateLimit());
    await (concurrency ? queue.setGlobalConcurrency(concurrency) : queue.removeGlobalConcurrency());
  }

  /**
   * Jobs of a lane that wait or run; a hint for people, not a truth.
   * @param limit milliseconds. @throws when the queue did not answer by then.
   */
  async depth(lane: Lane, limit = ANSWER_WITHIN): Promise<Record<string, number>> {
    // One question at a time: a queue that does not answer keeps all that it was ever asked.
    const asked =
      this.counting.get(lane) ??
      this[lane]
        .getJobCounts('waiting', 'active', 'delayed', 'prioritized')
        .finally(() => this.counting.delete(lane));
    this.counting.set(lane, asked);
    return within(limit, asked);
  }

  /** @throws when the jobs were not taken in time; those that are on their way stay so. */
  private async add(lane: Lane, rows: QueuedRow[]): Promise<void> {
    const here = traceparent();
    const jobs = rows
      .filter((row) => laneOf(row) === lane)
      .map((row) => ({
        name: 'send',
        data: { notificationId: row.id, traceparent: row.traceparent ?? here },
        opts: {
          // The queue keeps the job of an id that it has. The one that comes later finds nothing to do.
          jobId: `${row.id}-${row.attempt + 1}${row.isSooner ? '-sooner' : ''}`,
          delay: Math.max(0, Math.ceil(row.wait)),
          attempts: 1,
          // The row is the history. A finished job kept would swallow the next one of the same id.
          removeOnComplete: true,
          removeOnFail: true,
        },
      }));
    if (jobs.length === 0) return;
    if (this.stuck.has(lane)) throw new Error('earlier jobs have not been taken yet');
    const added = this[lane].addBulk(jobs);
    try {
      await within(ANSWER_WITHIN, added);
    } catch (error) {
      this.stuck.add(lane);
      const free = () => this.stuck.delete(lane);
      added.then(free, free);
      throw error;
    }
  }
}
