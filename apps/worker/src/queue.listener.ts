import { SQSClient } from '@aws-sdk/client-sqs';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { Doors } from '#libs/notifications/index.js';
import { PrismaService, QUEUES, SETTINGS, SqsListener } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';

/** Hands what comes on each queue to its door. Each queue has receive loops of its own, so that none holds up another. */
@Injectable()
export class QueueListeners implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(QueueListeners.name);
  private readonly listeners: SqsListener[];

  constructor(sqs: SQSClient, doors: Doors, prisma: PrismaService, @Inject(SETTINGS) settings: Settings) {
    const ready = () => prisma.$queryRaw`SELECT 1`;
    this.listeners = QUEUES.map(
      (queue) =>
        new SqsListener(sqs, {
          queue: settings[queue],
          handle: (messages) => doors.at(queue).receive(messages),
          ready,
          pollers: settings.SQS_POLLERS,
          wait: settings.SQS_WAIT,
        }),
    );
  }

  onApplicationBootstrap(): void {
    for (const listener of this.listeners) listener.start();
  }

  /** No new work comes in while what runs is finished. */
  async beforeApplicationShutdown(): Promise<void> {
    const stopped = this.listeners.map((listener) => listener.stop());
    this.logger.log('Taking no more messages');
    await Promise.all(stopped);
  }
}
