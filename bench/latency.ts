import { setTimeout as delay } from 'node:timers/promises';
import { submitted, type MadeReturn } from '../test/support/make.js';
import { percentile, type Report } from './figure.js';
import { World, type Backend, type Servers } from './world.js';

/** Milliseconds between two messages where nothing else goes on. */
const APART = 50;
/** Messages are put this many times a second under load: an even stream, as far as batches allow. */
const TICKS = 20;

/** From a message on SQS to the relay's "taken", in an idle worker and at half of what it can do. */
export async function latency(
  servers: Servers,
  backend: Backend,
  rate: number,
  report: Report,
): Promise<void> {
  const world = await World.make(servers, backend);
  await world.startWorkers(1);
  await measured(servers, world, { name: 'unloaded', perTick: 1, apart: APART, mails: 100 }, report);
  const perTick = Math.max(1, Math.round(rate / 2 / TICKS));
  await measured(
    servers,
    world,
    { name: 'at half load', perTick, apart: 1000 / TICKS, mails: perTick * TICKS * 10 },
    report,
  );
  await world.stop();
}

interface Load {
  name: string;
  perTick: number;
  /** Milliseconds between two ticks. */
  apart: number;
  mails: number;
}

async function measured(servers: Servers, world: World, load: Load, report: Report): Promise<void> {
  const owners = await world.returns(load.mails);
  await servers.sink.forget();
  const put = new Map<string, number>();
  const begin = Date.now();
  const putting: Promise<void>[] = [];
  for (let from = 0; from < owners.length; from += load.perTick) {
    await delay(begin + (from / load.perTick) * load.apart - Date.now());
    putting.push(putAll(world, owners.slice(from, from + load.perTick), put));
  }
  await Promise.all(putting);
  while ((await servers.sink.count()) < load.mails) await delay(50);
  const waits = (await servers.sink.arrivals()).map(([address, at]) => at - (put.get(address) ?? Number.NaN));
  for (const share of [0.5, 0.95])
    report.add({
      name: `from message to hand-over ${load.name}, p${share * 100}`,
      value: percentile(waits, share),
      unit: 'ms',
    });
}

async function putAll(world: World, owners: MadeReturn[], put: Map<string, number>): Promise<void> {
  for (const { email } of owners) put.set(email, Date.now());
  await world.put(owners.map(submitted));
}
