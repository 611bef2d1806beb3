import { setTimeout as delay } from 'node:timers/promises';
import type { ApiProcess } from '../test/support/api.process.js';
import type { MadeReturn } from '../test/support/make.js';
import { percentile, type Report } from './figure.js';
import { processorSeconds } from './processor.time.js';
import { Listeners } from './streams.listeners.js';
import { Writer } from './streams.writer.js';
import { World, type Backend, type Servers } from './world.js';

const STREAMS = 1_000;
/** Times that all come and go, to see whether something stays behind. */
const COMINGS = 10;
/** Milliseconds of quiet that are measured: two rounds of signs of life. */
const QUIET = 30_000;
/** Changes a second, one after another. */
const RATE = 50;

/**
 * What open streams of statuses cost while nothing happens, all on one process; and the milliseconds from a commit of another process to the event,
 * with the streams on two: a change at a time, all at once, and one that all wait for.
 */
export async function streams(servers: Servers, backend: Backend, report: Report): Promise<void> {
  const world = await World.make(servers, backend);
  const owners = await world.returns(STREAMS);
  const apis = await world.startApis(2);
  const [first] = apis as [ApiProcess];
  const listeners = new Listeners(world.environment.API_KEY ?? '');
  const writer = await Writer.of(world);
  report.say(`streams, ${STREAMS} of them:`);
  await quiet(servers, first, 'without streams', report);

  const before = first.memory();
  await listeners.openAll(owners, [first]);
  const open = first.memory();
  report.add({ name: 'memory of a stream', value: (open - before) / STREAMS / 1024, unit: 'KiB' });
  await quiet(servers, first, `with ${STREAMS} streams`, report);
  let half = open;
  for (let coming = 0; coming < COMINGS; coming += 1) {
    await listeners.hangUp();
    await listeners.openAll(owners, [first]);
    // By then the process has cleared its heap; what is left from there on would be kept for ever.
    if (coming === COMINGS / 2) half = first.memory();
  }
  for (const [since, value] of [
    [COMINGS, first.memory() - open],
    [COMINGS / 2 - 1, first.memory() - half],
  ] as const)
    report.add({
      name: `memory more, ${since * STREAMS} comings later`,
      value: value / 2 ** 20,
      unit: 'MiB',
    });
  await listeners.hangUp();

  await listeners.openAll(owners, apis);
  const heard = async (name: string, changed: MadeReturn[], each: number, write: () => Promise<void>) => {
    listeners.forget();
    await write();
    const waits = await listeners.waits(writer.committed, changed.length * each);
    for (const share of [0.5, 0.99])
      report.add({
        name: `from commit to event, ${name}, p${share * 100}`,
        value: percentile(waits, share),
        unit: 'ms',
      });
  };
  // The first changes find code that never ran.
  await heard('cold', owners.slice(0, 200), 1, () => writer.change(owners.slice(0, 200)));
  await heard(`${RATE} changes a second`, owners, 1, () => writer.changeEvenly(owners, RATE));
  await heard(`${STREAMS} changes at once`, owners, 1, () => writer.change(owners));
  await listeners.hangUp();

  const [one] = owners as [MadeReturn];
  await listeners.openAll(
    Array.from({ length: STREAMS }, () => one),
    apis,
  );
  await heard('one change that all wait for', [one], STREAMS, () => writer.change([one]));
  await listeners.hangUp();
  await writer.close();
  await world.stop();
}

/** Processor time of a second in which nothing happens. */
async function quiet(servers: Servers, api: ApiProcess, when: string, report: Report): Promise<void> {
  const parts: [string, number][] = [
    ['the API', api.pid],
    ['Postgres', servers.postgres.pid],
  ];
  const before = parts.map(([, pid]) => processorSeconds(pid));
  await delay(QUIET);
  for (const [index, [part, pid]] of parts.entries()) {
    const used = processorSeconds(pid) - (before[index] ?? 0);
    report.add({ name: `${part} at rest, ${when}`, value: (used * 1_000_000) / QUIET, unit: 'ms/s' });
  }
}
