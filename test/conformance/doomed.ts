import { LANE_QUEUES } from '#libs/notifications/index.js';
import { onStep } from '#libs/platform/index.js';
import type { QueueMessage } from '#libs/platform/index.js';
import { WorkerHost } from '@nestjs/bullmq';
import { Service } from './service.js';
import type { ServiceOptions } from './service.js';

/**
 * A process of the service that dies the moment something is committed, before it is acknowledged: kill -9, by itself.
 * It records and never sends, so that no conversation with the relay is torn: that is another crash.
 */

/** What it is told at the beginning. */
export interface Order {
  service: ServiceOptions;
  /** To be handed to the listener's handler; without it the message comes from the real queue. */
  message?: QueueMessage;
  /** The queue whose messages it outlives: it dies later, of another hand. */
  spares?: string;
}

/** What it says, as long as it lives. */
export type Report = 'ready' | 'survived';

process.once('disconnect', () => process.exit(0));
// The run may have ended while this process was being loaded.
if (!process.connected) process.exit(0);
process.once('message', (order: Order) => void obey(order));

async function obey({ service: options, message, spares }: Order): Promise<void> {
  onStep(({ step, id }) => {
    if (step === 'recorded' && !(spares && id.startsWith(`${spares}/`))) process.kill(process.pid, 'SIGKILL');
  });
  const service = await Service.start(options);
  const lanes = Object.values(LANE_QUEUES);
  for (const { worker } of service.every(WorkerHost))
    if (lanes.includes(worker.name)) await worker.pause(true);
  say('ready');
  if (!message) return;
  await service.handler(message.queue)?.([message]);
  say('survived');
}

function say(report: Report): void {
  process.send?.(report);
}
