import type { QueueMessage } from '#libs/platform/index.js';
import type { Bench } from './bench.js';
import { Faults } from './faults.js';
import { QUEUES } from './form.js';
import type { Case } from './form.js';
import { withGeneratedIds } from './returns.js';
import { Service } from './service.js';

/** A message on its way to the service. */
interface Planned {
  queue: string;
  body: string;
  /** Given: it enters at the listener's handler under this id. Absent: it travels on the real queue. */
  messageId?: string;
  /** The position of the one that is delivered at the same time. */
  concurrentWith?: number;
}

/** A message that was delivered. */
export interface Delivered {
  queue: string;
  body: string;
  messageId: string;
  /** What the handler threw, which keeps the message on its queue. */
  refusal?: string;
}

/** Delivers the messages of a case, each settled before the next, and what follows them. */
export async function deliverAll(
  bench: Bench,
  one: Case,
  settled: () => Promise<void>,
): Promise<{ delivered: Delivered[]; missing: string[] }> {
  const plan = planOf(one);
  const faults = new Faults(bench, one.given.faults);
  faults.breakSendQueue();
  const delivered: Delivered[] = [];
  for (const group of atTheSameTime(plan)) {
    const [first = 0] = group;
    const number = first + 1;
    const death = faults.deathAt(number);
    const planned = plan[first];
    if (death && planned) {
      delivered.push(await dying(bench, faults, death, planned));
    } else {
      await faults.breakCommit(number);
      delivered.push(
        ...(await deliverGroup(
          bench,
          group.flatMap((position) => plan[position] ?? []),
        )),
      );
    }
    await settled();
    await faults.mendCommit(number);
  }
  return { delivered, missing: faults.missing() };
}

/** Messages first, or their deliveries where the case lists them; then what follows. */
function planOf({ queue, messages, deliveries, followedBy, given }: Case): Planned[] {
  const parts = [
    { queue, messages, deliveries },
    ...followedBy.map((part) => ({
      ...part,
      messages: part.messages ?? (part.message === undefined ? messages : [part.message]),
    })),
  ];
  const plan: Planned[] = [];
  for (const part of parts) {
    const wire = QUEUES[part.queue];
    const bodies = part.messages.map((body) => withGeneratedIds(body, given));
    const before = plan.length;
    if (!part.deliveries) plan.push(...bodies.map((body) => ({ queue: wire, body })));
    for (const { message, sqsMessageId, concurrentWith } of part.deliveries ?? []) {
      const body = bodies[message];
      if (body === undefined) throw new Error(`the case delivers message ${message}, which it does not have`);
      plan.push({
        queue: wire,
        body,
        messageId: sqsMessageId,
        concurrentWith: concurrentWith === undefined ? undefined : before + concurrentWith,
      });
    }
  }
  return plan;
}

/** Positions of the plan in groups: those of one group go at the same time. */
function atTheSameTime(plan: Planned[]): number[][] {
  const groups: number[][] = [];
  for (const [position, { concurrentWith }] of plan.entries()) {
    const group = groups.find((members) =>
      members.some((member) => member === concurrentWith || plan[member]?.concurrentWith === position),
    );
    if (group) group.push(position);
    else groups.push([position]);
  }
  return groups;
}

/** Two at a time go to two processes' worth of the service, so that only the database can part them. */
async function deliverGroup(bench: Bench, group: Planned[]): Promise<Delivered[]> {
  const peer = group.length > 1 ? await Service.start(bench) : undefined;
  try {
    return await Promise.all(
      group.map((planned, position) => deliverOne(bench, (position % 2 && peer) || bench.service, planned)),
    );
  } finally {
    await peer?.stop();
  }
}

async function deliverOne(bench: Bench, service: Service, planned: Planned): Promise<Delivered> {
  const message = messageOf(planned);
  if (!message) return { ...planned, messageId: await bench.put(planned.queue, planned.body) };
  const handler = service.handler(message.queue);
  if (!handler) throw new Error(`nothing listens on ${message.queue}`);
  try {
    await handler([message]);
    return message;
  } catch (error) {
    return { ...message, refusal: error instanceof Error ? error.message : String(error) };
  }
}

async function dying(
  bench: Bench,
  faults: Faults,
  death: Parameters<Faults['dieDuring']>[0],
  planned: Planned,
): Promise<Delivered> {
  const message = messageOf(planned);
  let messageId = planned.messageId ?? '';
  await faults.dieDuring(death, message, async () => {
    messageId = await bench.put(planned.queue, planned.body);
  });
  const refusal = message && 'the process died before it could acknowledge';
  return { ...planned, messageId, refusal };
}

function messageOf({ queue, body, messageId }: Planned): QueueMessage | undefined {
  return messageId === undefined ? undefined : { queue, body, messageId };
}
