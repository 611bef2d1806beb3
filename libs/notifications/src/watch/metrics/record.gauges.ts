import { Injectable, Logger } from '@nestjs/common';
import { GUARDS, Prepared, PrismaService, QuarantineKind, within } from '#libs/platform/index.js';
import { OPEN_BATCHES, OPEN_STATES } from '../../batch/batch.glances.js';
import { CALL_BACK_GLANCE } from '../../call-backs/call-back.glance.js';
import type { CallBackGlance } from '../../call-backs/call-back.glance.js';
import { SendQueue } from '../../send/send.queue.js';
import { StandingService } from '../../standing/standing.service.js';
import type { Audit } from '../../standing/standing.service.js';
import { STANDINGS } from '../../standing/told.js';
import { LANES } from '../../terms/mail.kinds.js';
import type { Lane } from '../../terms/mail.kinds.js';
import { GuardPauses } from '../guards/guard.pauses.js';
import type { GuardPause } from '../guards/guard.pauses.js';
import { OutgoingService } from '../outgoing.service.js';
import type { Outgoing } from '../outgoing.service.js';
import { WatchService } from '../watch.service.js';
import type { ParkedGroup } from '../watch.service.js';
import type { Instruments } from './instruments.js';

/** Milliseconds: a scrape waits for ten seconds, and shall hear of the rest when Postgres or the queue says nothing. */
const ANSWER_WITHIN = 3_000;

/** Reads from the record what is true of the whole service. */
@Injectable()
export class RecordGauges {
  private readonly logger = new Logger(RecordGauges.name);
  private looking: Promise<void> | undefined;
  private found: Found = { now: new Date() };

  constructor(
    private readonly prisma: PrismaService,
    private readonly guards: GuardPauses,
    private readonly watch: WatchService,
    private readonly outgoing: OutgoingService,
    private readonly standings: StandingService,
    private readonly queue: SendQueue,
  ) {}

  /** Sets all of them anew. What could not be read is missing then, rather than old. @param relays host and port, the first one first. */
  async read(to: Instruments, relays: readonly string[]): Promise<void> {
    await Promise.all([this.look(), ...LANES.map((lane) => this.readDepth(to, lane))]);
    to.databaseUp.set(this.found.oldest ? 1 : 0);
    for (const gauge of AGES.map((name) => to[name])) gauge.remove();
    for (const gauge of [
      to.parked,
      to.standing,
      to.relayHealthy,
      to.relayInUse,
      to.guardPaused,
      to.batches,
      to.callBacks,
      to.callBackAsides,
    ])
      gauge.reset();
    set(to, relays, this.found);
  }

  private async readDepth(to: Instruments, lane: Lane): Promise<void> {
    const counts = await this.queue.depth(lane, ANSWER_WITHIN).catch(() => undefined);
    if (!counts) return to.queueDepth.remove({ lane });
    to.queueDepth.set({ lane }, sumOf(Object.values(counts)));
  }

  /** Waits for as long as a scrape may. What is not there by then comes later, and is asked by nobody else meanwhile. */
  private async look(): Promise<void> {
    this.looking ??= this.lookThrough().finally(() => (this.looking = undefined));
    await within(ANSWER_WITHIN, this.looking).catch((error: unknown) => {
      this.logger.warn({ message: 'Not all of the record could be read for the metrics', err: error });
    });
  }

  /** One after the other, so that sends never wait for them: what costs least and matters most comes first. */
  private async lookThrough(now = new Date()): Promise<void> {
    const found: Found = { now };
    this.found = found;
    [found.oldest] = await OLDEST.run(this.prisma.pool);
    found.held = await this.guards.held();
    found.outgoing = await this.outgoing.look(now);
    found.untold = { since: (await this.watch.oldestUntold(now))?.openedAt };
    found.parked = await this.watch.parked();
    [found.callBacks] = await CALL_BACK_GLANCE.run(this.prisma.pool);
    found.batches = await OPEN_BATCHES.run(this.prisma.pool, OPEN_STATES);
    found.audit = await this.standings.audit(now);
  }
}

/** They have no label, so one sample each, which is 0 unless it is removed. */
const AGES = [
  'oldestUntold',
  'oldestDue',
  'oldestUnknown',
  'oldestParked',
  'callBackFailing',
  'callBackBehind',
] as const satisfies (keyof Instruments)[];

/** As far as it was read. */
interface Found {
  now: Date;
  oldest?: { unknown: Date | null; parked: Date | null };
  held?: GuardPause[];
  outgoing?: Outgoing;
  untold?: { since: Date | undefined };
  parked?: ParkedGroup[];
  callBacks?: CallBackGlance;
  batches?: { state: string; batches: number }[];
  audit?: Audit;
}

function set(to: Instruments, relays: readonly string[], found: Found): void {
  const { now, oldest, held, outgoing, untold, parked, callBacks, batches, audit } = found;
  const secondsSince = (then?: Date | null) =>
    then ? Math.max(0, (now.getTime() - then.getTime()) / 1000) : 0;
  if (oldest) {
    to.oldestUnknown.set(secondsSince(oldest.unknown));
    to.oldestParked.set(secondsSince(oldest.parked));
  }
  if (held)
    for (const guard of GUARDS)
      to.guardPaused.set({ guard }, held.some((pause) => pause.guard === guard) ? 1 : 0);
  if (outgoing) {
    to.oldestDue.set(secondsSince(outgoing.since));
    setRelays(to, relays, outgoing);
  }
  if (untold) to.oldestUntold.set(secondsSince(untold.since));
  if (parked)
    for (const kind of Object.values(QuarantineKind))
      to.parked.set(
        { kind },
        sumOf(parked.filter((group) => group.kind === kind).map(({ entries }) => entries)),
      );
  if (callBacks) {
    const { active, stopped, aside, givenUp } = callBacks;
    to.callBacks.set({ state: 'active' }, active);
    to.callBacks.set({ state: 'stopped' }, stopped);
    to.callBackFailing.set(secondsSince(callBacks.failingSince));
    to.callBackBehind.set(secondsSince(callBacks.behindSince));
    to.callBackAsides.set({ state: 'tried' }, aside);
    to.callBackAsides.set({ state: 'given-up' }, givenUp);
  }
  if (batches)
    for (const state of OPEN_STATES)
      to.batches.set({ state }, batches.find((one) => one.state === state)?.batches ?? 0);
  if (audit)
    for (const axis of ['delivered', 'told'] as const)
      for (const standing of STANDINGS) to.standing.set({ axis, standing }, audit[axis][standing]);
}

function setRelays(to: Instruments, relays: readonly string[], { relay: none, second }: Outgoing): void {
  const inUse = second?.onSecond ? 1 : 0;
  for (const [place, relay] of relays.entries()) {
    const isIll = second?.ill === 'both' || second?.ill === (place === 0 ? 'first' : 'second');
    to.relayHealthy.set({ relay }, isIll || (none && place === inUse) ? 0 : 1);
    to.relayInUse.set({ relay }, place === inUse ? 1 : 0);
  }
}

function sumOf(numbers: number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}

const OLDEST = new Prepared<[], { unknown: Date | null; parked: Date | null }>(
  'oldest unknown and parked',
  `SELECT (SELECT min(opened_at) FROM notifications WHERE state = 'unknown') AS unknown,
          (SELECT min(received_at) FROM quarantine WHERE resolved_at IS NULL) AS parked`,
);
