import { DeleteMessageBatchCommand, GetQueueUrlCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import { Logger } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import { readTraceparent } from './traceparent.js';
import { beginSpan } from './tracing.js';
import type { OpenSpan } from './spans.js';
import { announce, since, stepBegins } from './steps.js';

/** A message as it came from a queue. */
export interface QueueMessage {
  queue: string;
  messageId: string;
  body: string;
  /** The span of its taking in. */
  traceparent?: string;
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
        MessageAttributeNames: ['traceparent'],
        WaitTimeSeconds: Math.floor(this.options.wait / 1000),
      }),
      { abortSignal: this.stopping.signal },
    );
    if (Messages.length === 0) return;
    if (waits) announce({ step: 'received', id: queue, ms: since(waits) });
    const spans = Messages.map((message) => this.spanOf(message));
    try {
      await this.options.handle(
        Messages.map((message, index) => ({
          queue,
          messageId: message.MessageId ?? '',
          body: message.Body ?? '',
          traceparent: spans[index]?.traceparent,
        })),
      );
      await this.acknowledge(QueueUrl, Messages);
    } catch (error) {
      for (const span of spans) span.end({ hasFailed: true });
      throw error;
    }
    for (const span of spans) span.end();
  }

  private async acknowledge(QueueUrl: string, messages: Message[]): Promise<void> {
    const { queue } = this.options;
    const began = stepBegins();
    await this.sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: messages.map((message, index) => ({
          Id: String(index),
          ReceiptHandle: message.ReceiptHandle,
        })),
      }),
    );
    if (began) announce({ step: 'acknowledged', id: queue, ms: since(began) });
  }

  private spanOf({ MessageId = '', MessageAttributes }: Message): OpenSpan {
    const { queue } = this.options;
    return beginSpan(
      () => ({
        name: `process ${queue}`,
        kind: 'consumer',
        isMessage: true,
        attributes: {
          'messaging.system': 'aws_sqs',
          'messaging.operation.type': 'process',
          'messaging.destination.name': queue,
          'messaging.message.id': MessageId,
        },
      }),
      readTraceparent(MessageAttributes?.traceparent?.StringValue),
    );
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
