import { randomUUID } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import {
  ChangeMessageVisibilityCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { ensureQueues, SQS_CREDENTIALS, SQS_REGION } from './sqs.js';

const endpoint = process.env.TEST_SQS_ENDPOINT ?? '';
const client = new SQSClient({
  endpoint,
  region: SQS_REGION,
  credentials: SQS_CREDENTIALS,
  useQueueUrlAsEndpoint: false,
});
afterAll(() => client.destroy());

async function urlOf(name: string): Promise<string> {
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
  return QueueUrl ?? '';
}

async function receive(queue: string): Promise<string[]> {
  const QueueUrl = await urlOf(queue);
  const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
  for (const { ReceiptHandle } of Messages) {
    await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
  }
  return Messages.map(({ Body }) => Body ?? '');
}

test('a message that nobody can work off goes to the dead-letter queue after so many receives', async () => {
  const name = `ensure-${randomUUID()}`;
  await ensureQueues(endpoint, [name], { maxReceiveCount: 2 });
  await client.send(new SendMessageCommand({ QueueUrl: await urlOf(name), MessageBody: 'poison' }));
  expect(await receive(name)).toEqual(['poison']);
  expect(await receive(name)).toEqual(['poison']);
  expect(await receive(name)).toEqual([]);
  expect(await receive(`dlq-${name}`)).toEqual(['poison']);
});

test('queues that are there already are brought to the settings asked for', async () => {
  const name = `ensure-${randomUUID()}`;
  await ensureQueues(endpoint, [name]);
  await ensureQueues(endpoint, [name], { visibilityTimeout: 7 });
  const asked = { QueueUrl: await urlOf(name), AttributeNames: ['All' as const] };
  const { Attributes } = await client.send(new GetQueueAttributesCommand(asked));
  expect(Attributes?.VisibilityTimeout).toBe('7');
  expect(JSON.parse(Attributes?.RedrivePolicy ?? '{}')).toMatchObject({ maxReceiveCount: 5 });
});
