import { SQSClient } from '@aws-sdk/client-sqs';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { IntakeService, ReceiptIntake } from '#libs/notifications/index.js';
import { PrismaService, SETTINGS, SqsListener } from '#libs/platform/index.js';
import type { QueueMessage, Settings } from '#libs/platform/index.js';

/** Which queue goes through which door. Each queue has receive loops of its own, so that none holds up another. */
@Injectable()
export class QueueListeners implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(QueueListeners.name);
  private readonly listeners: SqsListener[];

  constructor(
    sqs: SQSClient,
    intake: IntakeService,
    receipts: ReceiptIntake,
    prisma: PrismaService,
    @Inject(SETTINGS) settings: Settings,
  ) {
    const ready = () => prisma.$queryRaw`SELECT 1`;
    const listen = (queue: string, handle: (messages: QueueMessage[]) => Promise<unknown>) =>
      new SqsListener(sqs, { queue, handle, ready, pollers: settings.SQS_POLLERS, wait: settings.SQS_WAIT });
    this.listeners = [
      listen(settings.CONFIRMATION_QUEUE, (messages) => intake.receiveStatus(messages)),
      listen(settings.STATUS_CHANGE_QUEUE, (messages) => intake.receiveStatus(messages)),
      listen(settings.SEND_MAIL_QUEUE, (messages) => intake.receiveSendMail(messages)),
      listen(settings.MAIL_RECEIPTS_QUEUE, (messages) => receipts.receive(messages)),
    ];
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
