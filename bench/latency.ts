import { setTimeout as delay } from 'node:timers/promises';
import { submitted } from '../test/support/make.js';
import { percentile, type Report } from './figure.js';
import { World, type Backend, type Servers } from './world.js';

/** Mails of the warm-up. Node runs code slowly until it has seen enough of it: a worker that sends all day is not like that. */
const WARM_UP = 3_000;
/** Messages are put this many times a second under load: an even stream, as far as batches allow. */
const TICKS = 20;

interface Load {
  name: string;
  mails: number;
  /** Mails that are put at once. */
  perTick: number;
  /** Milliseconds between two ticks. */
  apart: number;
}

/**
 * Milliseconds from a message being in its queue to the relay's "taken": in a worker that has nothing else to do, in one that had
 * nothing to do for longer than connections are wont to be kept, and at half of what it took in its warm-up.
 */
export async function latency(servers: Servers, backend: Backend, report: Report): Promise<void> {
  const world = await World.make(servers, backend);
  await world.startWorkers(1);
  const rate = await warmUp(world);
  const perTick = Math.max(1, Math.round(rate / 2 / TICKS));
  const loads: Load[] = [
    { name: 'idle', mails: 300, perTick: 1, apart: 100 },
    { name: 'after 12 quiet seconds', mails: 10, perTick: 1, apart: 12_000 },
    { name: 'at half load', mails: perTick * TICKS * 10, perTick, apart: 1000 / TICKS },
  ];
  report.say(`latency, after a warm-up of ${WARM_UP} mails at ${Math.round(rate)} mails/s:`);
  for (const load of loads) {
    const waits = await waitsUnder(world, load);
    for (const share of [0.5, 0.95, 0.99])
      report.add({
        name: `from message to hand-over ${load.name}, p${share * 100}`,
        value: percentile(waits, share),
        unit: 'ms',
      });
  }
  await world.stop();
}

/** Returns mails per second. */
async function warmUp(world: World): Promise<number> {
  const waits = await waitsUnder(world, { name: 'warm-up', mails: WARM_UP, perTick: WARM_UP, apart: 0 });
  return WARM_UP / (Math.max(...waits) / 1000);
}

async function waitsUnder(world: World, { mails, perTick, apart }: Load): Promise<number[]> {
  const { sink } = world.servers;
  const owners = await world.returns(mails);
  await sink.forget();
  const put = new Map<string, number>();
  const begin = Date.now();
  for (let from = 0; from < mails; from += perTick) {
    await delay(begin + (from / perTick) * apart - Date.now());
    const now = owners.slice(from, from + perTick);
    for (const { email } of now) put.set(email, Date.now());
    world.put(now.map(submitted));
  }
  while ((await sink.count()) < mails) await delay(50);
  return (await sink.arrivals()).map(([address, at]) => at - (put.get(address) ?? Number.NaN));
}
