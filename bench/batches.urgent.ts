import { setTimeout as delay } from 'node:timers/promises';
import { idsOf, manyFailed } from '../test/support/batch.lists.js';
import { submitted } from '../test/support/make.js';
import type { Lists } from './batches.lists.js';
import { percentile, type Report } from './figure.js';
import type { World } from './world.js';

/** Mails of the batch: more than it can send while the rounds last. */
const BATCH = 40_000;
/** Urgent mails of a warm-up: Node runs slowly what it has not seen often. */
const WARM_UP = 3_000;
/** The two take turns, so that whatever else the machine does slows both down. */
const ROUNDS = 6;
/** Urgent mails of a round, and milliseconds between two. */
const URGENT = 80;
const APART = 50;
/** Mails of the batch that are taken before a round beside it begins. */
const FLOWS = 100;

/** What an urgent mail waits while a batch runs, beside what it waits while nothing does. */
export async function urgentBeside(world: World, lists: Lists, report: Report): Promise<void> {
  await urgentWaits(world, WARM_UP, 0);
  const ids = idsOf(await manyFailed(world, BATCH));
  const id = await lists.take('error-resolved', ['taxReturnId\r\n', ...ids.map((one) => `${one}\r\n`)]);
  await lists.isIn(id, 'validated');
  const alone: number[] = [];
  const beside: number[] = [];
  let ran = 0;
  let took = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    alone.push(...(await urgentWaits(world, URGENT, APART)));
    await lists.move(id, round === 0 ? 'start-batch' : 'resume-batch');
    const { sink } = world.servers;
    const before = await sink.count();
    while ((await sink.count()) < before + FLOWS) await delay(20);
    const [from, began] = [await sink.count(), performance.now()];
    beside.push(...(await urgentWaits(world, URGENT, APART)));
    ran += (await sink.count()) - from - URGENT;
    took += performance.now() - began;
    if ((await lists.stateOf(id)).state !== 'running') throw new Error('the batch ended too soon');
    await lists.move(id, 'pause-batch');
    await isQuiet(world);
  }
  report.add({ name: 'mails of the batch meanwhile', value: (ran * 1_000) / took, unit: 'mails/s' });
  for (const share of [0.5, 0.95]) {
    const [value, other] = [percentile(beside, share), percentile(alone, share)];
    const name = `an urgent mail beside a batch, p${share * 100}`;
    report.add({ name: `an urgent mail alone, p${share * 100}`, value: other, unit: 'ms' });
    report.add({ name, value, unit: 'ms', against: 'alone', ratio: value / other });
  }
}

/** Milliseconds from a message being in its queue to the relay's "taken". */
async function urgentWaits(world: World, mails: number, apart: number): Promise<number[]> {
  const { sink } = world.servers;
  const owners = await world.returns(mails);
  const put = new Map<string, number>();
  for (const owner of owners) {
    put.set(owner.email, Date.now());
    world.put([submitted(owner)]);
    if (apart > 0) await delay(apart);
  }
  for (;;) {
    const arrived = (await sink.arrivals()).filter(([address]) => put.has(address));
    if (arrived.length >= mails) return arrived.map(([address, at]) => at - (put.get(address) ?? Number.NaN));
    await delay(200);
  }
}

/** Nothing arrives any more: those of a batch that were on their way when it was paused are there. */
async function isQuiet(world: World): Promise<void> {
  const { sink } = world.servers;
  for (let before = -1, now = await sink.count(); now !== before;) {
    before = now;
    await delay(1_500);
    now = await sink.count();
  }
}
