import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';

const MESSAGES = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'];
const agent = new Agent({ keepAlive: true });

/**
 * Messages that are on a queue of the emulator, also those in somebody's hands. Tests look thousands of times: a client of AWS, which
 * prepares and signs each call, costs four times as much.
 */
export async function messagesOn(endpoint: string, QueueUrl: string): Promise<number> {
  const asked = { QueueUrl, AttributeNames: MESSAGES };
  const { Attributes } = await ask<{ Attributes: Record<string, string> }>(
    endpoint,
    'GetQueueAttributes',
    asked,
  );
  return MESSAGES.reduce((sum, name) => sum + Number(Attributes[name]), 0);
}

/** Puts a message on a queue that no stack knows by what it carries. */
export async function putOn(endpoint: string, QueueName: string, MessageBody: string): Promise<void> {
  const { QueueUrl } = await ask<{ QueueUrl: string }>(endpoint, 'GetQueueUrl', { QueueName });
  await ask(endpoint, 'SendMessage', { QueueUrl, MessageBody });
}

async function ask<Answer>(endpoint: string, action: string, body: object): Promise<Answer> {
  const call = request(endpoint, {
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}` },
  });
  call.end(JSON.stringify(body));
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  const said = (await json(answer)) as Answer;
  if (answer.statusCode !== 200)
    throw new Error(`the emulator does no ${action} (HTTP ${answer.statusCode})`);
  return said;
}
