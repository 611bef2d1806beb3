import { GetQueueUrlCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { expect, it } from 'vitest';
import { SQS_CREDENTIALS } from '#apps/local/src/embedded/sqs.js';
import { sqsClient } from '#libs/platform/index.js';
import { eventually } from './eventually.js';
import { aReturn, submitted } from './make.js';
import { queueBackends } from './servers.js';
import { Stack } from './stack.js';

/** What would keep this process alive: connections, servers, timers, processes; without its pipes to the runner. */
function open(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => kind !== 'PipeWrap');
}

it.each(queueBackends())(
  'a stack that was stopped leaves nothing open, with its jobs in $name',
  async (backend) => {
    const stack = await Stack.start(`stopped-${backend.name}`, { backend });
    await stack.startWorkerHere();
    await stack.startWorker().ready();
    await stack.put('confirmation', submitted(await aReturn(stack)));
    await stack.idle();
    expect(open()).toContain('TCPServerWrap');
    await stack.stop();
    // The limit of this test is a timer itself, and looking again another.
    await eventually(() => open().every((kind) => kind === 'Timeout') && open().length <= 1, {
      because: 'nothing but the timer of the test',
    });
  },
);

it('a stack knows how much is on a queue, and counts what is in somebody’s hands', async () => {
  const stack = await Stack.start('unread', { worker: false, visibilityTimeout: 600 });
  const { SQS_ENDPOINT = '', AWS_REGION = '', CONFIRMATION_QUEUE: QueueName } = stack.environment;
  await stack.putAll('confirmation', ['one', 'two', 'three']);
  const sqs = sqsClient({ SQS_ENDPOINT, AWS_REGION }, { credentials: SQS_CREDENTIALS });
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  sqs.destroy();
  expect(Messages).toHaveLength(1);
  expect(await stack.unread('confirmation')).toBe(3);
  expect(await stack.unread('sendMail')).toBe(0);
});
