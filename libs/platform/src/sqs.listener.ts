import { DeleteMessageBatchCommand, GetQueueUrlCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { Logger } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import { announce, since, stepBegins } from './steps.js';

/** A message as it came from a queue. */
export interface QueueMessage {
  queue: string;
  messageId: string;
  body: string;
}

export interface SqsListenerOptions {
  queue: string;
  /** Receive loops. */
  pollers: number;
  /** Milliseconds that a receive waits for a message; SQS allows up to 20 s. */
  wait: number;
  /**
   * Stores the messages and returns once they are safe: all of them are acknowledged then.
   * When it throws, none is: they come again after the queue's visibility timeout.
   */
  handle: (messages: QueueMessage[]) => Promise<unknown>;
  /** Rejects while nothing can be stored. Asked after a failure: receiving meanwhile would only use up the messages' receives. */
  ready: () => Promise<unknown>;
}

/** Receives up to ten messages at a time, hands them over, acknowledges what is stored. Nothing is acknowledged before. */
export class SqsListener {
  private readonly logger = new Logger(SqsListener.name);
  private readonly stopping = new AbortController();
  private loops: Promise<void>[] = [];
  private queueUrl: Promise<string> | undefined;

  constructor(
    private readonly sqs: SQSClient,
    private readonly options: SqsListenerOptions,
  ) {}

  start(): void {
    this.loops = Array.from({ length: this.options.pollers }, () => this.poll());
  }

  /** Ends the intake: no further receive; what was received is finished first. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.loops);
  }

  private async poll(): Promise<void> {
    let hasFailed = false;
    while (!this.stopping.signal.aborted) {
      try {
        if (hasFailed) await this.options.ready();
        hasFailed = false;
        await this.round();
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        hasFailed = true;
        this.logger.warn({
          message: 'A round of the queue failed; its messages will come again',
          queue: this.options.queue,
          err: error,
        });
        await delay(1000, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
    }
  }

  private async round(): Promise<void> {
    const QueueUrl = await this.url();
    const { queue } = this.options;
    const waits = stepBegins();
    const { Messages = [] } = await this.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: Math.floor(this.options.wait / 1000),
      }),
      { abortSignal: this.stopping.signal },
    );
    if (Messages.length === 0) return;
    if (waits) announce({ step: 'received', id: queue, ms: since(waits) });
    await this.options.handle(
      Messages.map((message) => ({
        queue,
        messageId: message.MessageId ?? '',
        body: message.Body ?? '',
      })),
    );
    const began = stepBegins();
    await this.sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: Messages.map((message, index) => ({
          Id: String(index),
          ReceiptHandle: message.ReceiptHandle,
        })),
      }),
    );
    if (began) announce({ step: 'acknowledged', id: queue, ms: since(began) });
  }

  private url(): Promise<string> {
    this.queueUrl ??= this.sqs
      .send(new GetQueueUrlCommand({ QueueName: this.options.queue }))
      .then(({ QueueUrl }) => QueueUrl ?? '')
      .catch((error: unknown) => {
        this.queueUrl = undefined;
        throw error;
      });
    return this.queueUrl;
  }
}
