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
  const call = request(endpoint, {
    method: 'POST',
    agent,
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'AmazonSQS.GetQueueAttributes',
    },
  });
  call.end(JSON.stringify({ QueueUrl, AttributeNames: MESSAGES }));
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  const { Attributes } = (await json(answer)) as { Attributes?: Record<string, string> };
  if (!Attributes) throw new Error(`the emulator tells nothing of ${QueueUrl} (HTTP ${answer.statusCode})`);
  return MESSAGES.reduce((sum, name) => sum + Number(Attributes[name]), 0);
}
