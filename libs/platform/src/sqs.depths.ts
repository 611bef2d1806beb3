import { GetQueueAttributesCommand, GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import type { SQSClient } from '@aws-sdk/client-sqs';

/** How many messages there are, in round numbers as SQS counts them: those that wait, and those in somebody's hands. */
export interface QueueDepth {
  messages: number;
  /** In the dead-letter queue of this one. Undefined where it has none, or where that did not answer. */
  deadLetters: number | undefined;
}

/** Asks SQS how full queues are. For how long their oldest message has waited it does not say: only CloudWatch knows. */
export class SqsDepths {
  private readonly urls = new Map<string, Promise<string>>();

  constructor(
    private readonly sqs: SQSClient,
    /** Milliseconds for each call. */
    private readonly within: number,
  ) {}

  /** @throws when SQS does not answer, or has no such queue. */
  async of(queue: string): Promise<QueueDepth> {
    const found = await this.attributes(queue);
    const dead = deadLetterQueueOf(found.RedrivePolicy);
    const deadLetters = dead === undefined ? undefined : await this.attributes(dead).catch(() => undefined);
    return { messages: messagesIn(found), deadLetters: deadLetters && messagesIn(deadLetters) };
  }

  private async attributes(queue: string): Promise<Partial<Record<string, string>>> {
    const asked = { QueueUrl: await this.url(queue), AttributeNames: ASKED };
    return (await this.sqs.send(new GetQueueAttributesCommand(asked), this.options())).Attributes ?? {};
  }

  private url(queue: string): Promise<string> {
    const url =
      this.urls.get(queue) ??
      this.sqs
        .send(new GetQueueUrlCommand({ QueueName: queue }), this.options())
        .then(({ QueueUrl = '' }) => QueueUrl)
        .catch((error: unknown) => {
          this.urls.delete(queue);
          throw error;
        });
    this.urls.set(queue, url);
    return url;
  }

  private options() {
    return { abortSignal: AbortSignal.timeout(this.within) };
  }
}

const ASKED = [
  'ApproximateNumberOfMessages' as const,
  'ApproximateNumberOfMessagesNotVisible' as const,
  'RedrivePolicy' as const,
];

function messagesIn(attributes: Partial<Record<string, string>>): number {
  const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = attributes;
  return Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible);
}

/** Its name is the end of its ARN. */
function deadLetterQueueOf(policy: string | undefined): string | undefined {
  const { deadLetterTargetArn } = JSON.parse(policy || '{}') as { deadLetterTargetArn?: string };
  return deadLetterTargetArn?.split(':').at(-1);
}
