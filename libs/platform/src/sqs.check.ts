import { GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Settings } from './settings.js';
import { networkReason, StartError } from './start.error.js';
import { sqsClient } from './sqs.client.js';
import { QUEUES } from './sqs.queues.js';
import type { QueueSetting } from './sqs.queues.js';

/**
 * Looks up every queue that a worker receives from. One that is missing is no matter of waiting: nobody would be told.
 * @throws StartError naming each queue that cannot be used
 */
export async function checkQueues(settings: Settings): Promise<void> {
  const client = sqsClient(settings, { maxAttempts: 2, requestHandler: { connectionTimeout: 3_000 } });
  try {
    const problems = await Promise.all(QUEUES.map((setting) => problemOf(client, settings, setting)));
    const found = [...new Set(problems.filter((problem) => problem !== undefined))];
    if (found.length > 0) throw new StartError(found);
  } finally {
    client.destroy();
  }
}

async function problemOf(
  client: SQSClient,
  settings: Settings,
  setting: QueueSetting,
): Promise<string | undefined> {
  const place = settings.SQS_ENDPOINT
    ? `SQS at ${new URL(settings.SQS_ENDPOINT).host}`
    : `SQS in ${settings.AWS_REGION}`;
  try {
    await client.send(new GetQueueUrlCommand({ QueueName: settings[setting] }));
    return undefined;
  } catch (error) {
    const { name } = error as Error;
    if (/NonExistentQueue|QueueDoesNotExist/.test(name))
      return `${setting}: ${place} has no queue "${settings[setting]}": create it, or correct the name or AWS_REGION.`;
    if (name === 'CredentialsProviderError')
      return `AWS_ACCESS_KEY_ID: no AWS credentials were found for ${place}: set them, or give the process a role.`;
    const reason = networkReason(error);
    if (reason)
      return `SQS_ENDPOINT: ${place} cannot be reached (${reason}): start it, or correct the address.`;
    return `${setting}: ${place} refuses to name the queue "${settings[setting]}" (${name}): correct the credentials or their rights.`;
  }
}
