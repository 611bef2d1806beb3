import { SQSClient } from '@aws-sdk/client-sqs';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Metrics } from '#libs/notifications/index.js';
import type { Instruments } from '#libs/notifications/index.js';
import { QUEUES, SETTINGS, SqsDepths } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';

/** Milliseconds: a scrape shall hear of the rest when SQS says nothing. */
const ANSWER_WITHIN = 3_000;

/** Has the metrics of this process say how full the queues of SQS are. */
@Injectable()
export class QueueGauges implements OnModuleInit {
  private readonly logger = new Logger(QueueGauges.name);
  private readonly depths: SqsDepths;

  constructor(
    sqs: SQSClient,
    private readonly metrics: Metrics,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    this.depths = new SqsDepths(sqs, ANSWER_WITHIN);
  }

  onModuleInit(): void {
    this.metrics.alsoRead((to) => this.read(to));
  }

  private async read(to: Instruments): Promise<void> {
    await Promise.all(QUEUES.map((queue) => this.readOne(to, this.settings[queue])));
  }

  private async readOne({ messagesWaiting, deadLetters }: Instruments, queue: string): Promise<void> {
    const depth = await this.depths.of(queue).catch((error: unknown) => {
      this.logger.warn({ message: 'SQS did not say how full a queue is', queue, err: error });
      return undefined;
    });
    for (const [gauge, value] of [
      [messagesWaiting, depth?.messages],
      [deadLetters, depth?.deadLetters],
    ] as const)
      if (value === undefined) gauge.remove({ queue });
      else gauge.set({ queue }, value);
  }
}
