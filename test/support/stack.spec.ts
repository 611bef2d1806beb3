import { expect, it } from 'vitest';
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
