import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { GetQueueAttributesCommand, GetQueueUrlCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { answerOf, returnReceiptClient } from '#libs/client/index.js';
import type { ReturnReceiptClient, Schemas } from '#libs/client/index.js';
import { sqsClient } from '#libs/platform/index.js';
import type { LocalStack } from './local.stack.js';

export interface Taxpayer {
  name: string;
  language: string;
  taxReturnId: string;
  submissionId: string;
  userId: string;
  email: string | null;
}

type DemoQueue = 'confirmation' | 'statusChange' | 'sendMail';

const PATIENCE = 60_000;

/** What a backend can do to the service from outside: HTTP with its key, messages on the queues. */
export class DemoWorld {
  private readonly sqs: SQSClient;
  private readonly client: ReturnReceiptClient;
  readonly since = new Date();

  constructor(private readonly stack: LocalStack) {
    this.client = returnReceiptClient({ url: stack.url, key: stack.settings.API_KEY ?? '' });
    this.sqs = sqsClient(stack.settings);
  }

  /** Ids and an address of this run only, since data outlives a start. */
  taxpayer(name: string, language: string, hasAddress: boolean): Taxpayer {
    const number = String(randomInt(1e10)).padStart(10, '0');
    const email = hasAddress ? `${name.split(' ')[0]}.${number}@example.com` : null;
    return {
      name,
      language,
      taxReturnId: randomUUID(),
      submissionId: `3333332026${number}`,
      userId: randomUUID(),
      email,
    };
  }

  async register({ taxReturnId, submissionId, userId, email, language }: Taxpayer): Promise<void> {
    const path = { id: taxReturnId };
    await answerOf(
      this.client.PUT('/v1/tax-returns/{id}', { params: { path }, body: { userId, email, language } }),
    );
    await answerOf(
      this.client.PUT('/v1/tax-returns/{id}/submissions/{key}', {
        params: { path: { ...path, key: '1' } },
        body: { submissionId },
      }),
    );
  }

  /** Puts a message on a real queue, twice, as queues do now and then. */
  async put(queue: DemoQueue, body: string): Promise<void> {
    const QueueUrl = await this.queueUrl(queue);
    for (let copy = 0; copy < 2; copy += 1)
      await this.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body }));
  }

  /** The demonstration plays the upstream itself, unless UPSTREAM_URL leads to one of yours. */
  get playsUpstream(): boolean {
    return this.stack.parts.upstream !== undefined;
  }

  /** The authority decides, and no message ever says so: only who asks hears of it. */
  decidesUnheard({ submissionId }: Taxpayer, decision: 'accepted' | 'rejected'): void {
    const { upstream } = this.stack.parts;
    if (!upstream)
      throw new Error('The demonstration plays the upstream itself: unset UPSTREAM_URL to run it.');
    upstream.choose(submissionId, decision);
  }

  /** Waits until all queues are empty and no notification of this run is on its way. */
  async quiet(): Promise<void> {
    const deadline = Date.now() + PATIENCE;
    while (Date.now() < deadline) {
      const unread = await Promise.all(
        (['confirmation', 'statusChange', 'sendMail'] as const).map((queue) => this.unread(queue)),
      );
      const onTheirWay = (await this.notifications({ since: this.since.toISOString() })).filter(
        ({ state }) => state === 'queued' || state === 'sending',
      );
      if (unread.every((count) => count === 0) && onTheirWay.length === 0) return;
      await delay(100);
    }
    throw new Error(`Messages or mails were still on their way after ${PATIENCE / 1000} s`);
  }

  /** Waits until a mail was handed over. */
  told(who: Taxpayer, template: string): Promise<void> {
    return this.recorded(who, template, 'handed_over');
  }

  /** Waits until a notification is in a state. */
  async recorded(who: Taxpayer, template: string, state: string): Promise<void> {
    const deadline = Date.now() + PATIENCE;
    while (Date.now() < deadline) {
      const mine = await this.notifications({ taxReturnId: who.taxReturnId });
      if (mine.some((notification) => notification.template === template && notification.state === state))
        return;
      await delay(50);
    }
    throw new Error(`${who.name}: the ${template} mail did not become ${state} within ${PATIENCE / 1000} s`);
  }

  /** The notifications that match a query, newest first. */
  async notifications(query: { since?: string; taxReturnId?: string }): Promise<Schemas['Notification'][]> {
    const call = this.client.GET('/v1/notifications', { params: { query: { ...query, limit: 500 } } });
    return (await answerOf(call)).items;
  }

  close(): void {
    this.sqs.destroy();
  }

  /** Messages on a queue, also those in somebody's hands. */
  private async unread(queue: DemoQueue): Promise<number> {
    const { Attributes = {} } = await this.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: await this.queueUrl(queue),
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    return (
      Number(Attributes.ApproximateNumberOfMessages) +
      Number(Attributes.ApproximateNumberOfMessagesNotVisible)
    );
  }

  private async queueUrl(queue: DemoQueue): Promise<string | undefined> {
    const { CONFIRMATION_QUEUE, STATUS_CHANGE_QUEUE, SEND_MAIL_QUEUE } = this.stack.settings;
    const QueueName = {
      confirmation: CONFIRMATION_QUEUE,
      statusChange: STATUS_CHANGE_QUEUE,
      sendMail: SEND_MAIL_QUEUE,
    }[queue];
    return (await this.sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl;
  }
}
