import { Processor, WorkerHost } from '@nestjs/bullmq';
import { Inject, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Job } from 'bullmq';
import { LANE_QUEUES, SendQueue, SendService, UrgentFirst } from '#libs/notifications/index.js';
import type { Lane, RelayLimits, SendJob } from '#libs/notifications/index.js';
import { beginSpan, concerning, readTraceparent, SETTINGS } from '#libs/platform/index.js';
import type { OpenSpan, Settings } from '#libs/platform/index.js';

/**
 * Milliseconds. Jobs of a worker that died go to another within seconds, and a worker whose server was away asks again
 * soon: BullMQ would take half a minute for the one and 15 s for the other.
 */
const PATIENCE = { lockDuration: 5_000, stalledInterval: 3_000, runRetryDelay: 1_000 };

/** Only by its words does the error say which job it is about. */
const NO_LOCK = /^could not renew lock for job (.+)$/;

/** How much of a lane one worker sends at once, and how much of it all workers together may ask of the relay. */
interface LaneLimits extends RelayLimits {
  lane: Lane;
  here: number;
}

/** Takes ids from a lane to the SendService. What it throws is an error of ours: the row stays claimed until the sweep. */
abstract class SendProcessor extends WorkerHost implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(SendProcessor.name);
  /** Ids of the jobs that run here. */
  private readonly running = new Set<string>();

  constructor(
    private readonly sends: SendService,
    private readonly queue: SendQueue,
    private readonly urgent: UrgentFirst,
    private readonly limits: LaneLimits,
  ) {
    super();
  }

  async onApplicationBootstrap(): Promise<void> {
    const { lane, here } = this.limits;
    // A lost connection is the backend's to mend; without a listener it would end the process.
    this.worker.on('error', (error) => {
      if (!this.isOfOneThatEnded(error)) this.logger.warn({ message: 'The send queue stumbled', err: error });
    });
    await this.queue.limit(lane, this.limits);
    this.worker.concurrency = here;
  }

  override async process(job: Job<SendJob>): Promise<void> {
    const id = job.id ?? '';
    const { notificationId } = job.data;
    const { traceparent, end } = this.spanOf(job.data);
    this.running.add(id);
    const hasFailed = await concerning({ notificationId, traceparent }, () => this.breaksOff(notificationId));
    this.running.delete(id);
    end({ hasFailed });
  }

  private async breaksOff(notificationId: string): Promise<boolean> {
    try {
      await this.inTurn(() => this.sends.send(notificationId));
      return false;
    } catch (error) {
      this.logger.error({ message: 'A send broke off; the sweep will mend it', err: error });
      return true;
    }
  }

  private spanOf({ notificationId, traceparent }: SendJob): OpenSpan {
    const queue = LANE_QUEUES[this.limits.lane];
    return beginSpan(
      () => ({
        name: `process ${queue}`,
        kind: 'consumer',
        attributes: {
          'messaging.system': 'bullmq',
          'messaging.operation.type': 'process',
          'messaging.destination.name': queue,
          'return_receipt.id': notificationId,
        },
      }),
      // Of a job that an older release queued, or the sweep, there is none.
      readTraceparent(traceparent),
    );
  }

  private async inTurn(send: () => Promise<void>): Promise<void> {
    if (this.limits.lane === 'urgent') return this.urgent.during(send);
    await this.urgent.letPass();
    return send();
  }

  /**
   * A job that ends while its lock is being renewed has none any more, and BullMQ calls that an error. It happens on Postgres, where the
   * renewal and the end of the job may go over two connections. What has ended needs no lock.
   */
  private isOfOneThatEnded(error: Error): boolean {
    const id = NO_LOCK.exec(error.message)?.[1];
    return id !== undefined && !this.running.has(id);
  }

  /** Waits for the running sends. Here, since Nest closes workers only when the database is closed too. */
  async beforeApplicationShutdown(): Promise<void> {
    const closed = this.worker.close();
    this.logger.log('Taking no more jobs');
    await closed;
  }
}

@Processor(LANE_QUEUES.urgent, PATIENCE)
export class SendUrgentProcessor extends SendProcessor {
  constructor(
    sends: SendService,
    queue: SendQueue,
    urgent: UrgentFirst,
    @Inject(SETTINGS) settings: Settings,
  ) {
    super(sends, queue, urgent, {
      lane: 'urgent',
      here: settings.SEND_CONCURRENCY_URGENT,
      rate: settings.RELAY_RATE_URGENT,
      concurrency: settings.RELAY_CONCURRENCY_URGENT,
    });
  }
}

@Processor(LANE_QUEUES.bulk, PATIENCE)
export class SendBulkProcessor extends SendProcessor {
  constructor(
    sends: SendService,
    queue: SendQueue,
    urgent: UrgentFirst,
    @Inject(SETTINGS) settings: Settings,
  ) {
    super(sends, queue, urgent, {
      lane: 'bulk',
      here: settings.SEND_CONCURRENCY_BULK,
      rate: settings.RELAY_RATE_BULK,
      concurrency: settings.RELAY_CONCURRENCY_BULK,
    });
  }
}
