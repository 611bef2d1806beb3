import { Inject, Injectable } from '@nestjs/common';
import { PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import type { DeliveryReason } from '../send/notification.reason.js';
import { CONVERSATIONS, FIRST_FAILED, TAKEN_SINCE } from '../send/conversation.statements.js';
import { RELAY_USE } from '../send/relay.use.statements.js';
import type { RelayUse } from '../send/relay.use.rules.js';
import { blamedFor, failedOf } from '../send/relay.health.rules.js';
import type { Failed } from '../send/relay.health.rules.js';
import { failingOf, holdupOf } from './outgoing.rules.js';
import type { Holdup, Patience } from './outgoing.rules.js';
import { MOST_WAITING, WAITING } from './outgoing.statements.js';
import type { Waiting } from './outgoing.statements.js';

/** The relay takes nothing, or fails most of what it is asked, while mails are due. */
export interface IllRelay {
  /** When it first failed, after the last mail that it took; of one that takes some, of the last conversations. */
  since: Date;
  /** Mails that wait; {@link MOST_WAITING} is that many or more. */
  waiting: number;
  /** How its last conversation failed. */
  reason: DeliveryReason;
  /** What it said then, or what went wrong. Without addresses. */
  words: string | null;
}

/** Mails that have been due for longer than `TELL_SOON`. */
export interface LateMails {
  /** {@link MOST_WAITING} is that many or more. */
  mails: number;
  /** Since when the first of them has been due. */
  since: Date;
  holdup: Holdup;
  /** Mails that the relay took within so many milliseconds; {@link MOST_WAITING} is that many or more. */
  taken: number;
  within: number;
}

/** How mails go out. Null where all is well. */
export interface Outgoing {
  /** Mails whose turn has come; {@link MOST_WAITING} is that many or more. */
  waiting: number;
  /** Since when the one of them that waits longest has been due. */
  since: Date | null;
  relay: IllRelay | null;
  late: LateMails | null;
  /** The two that there are, where one of them is ill; mails may go out all the same. */
  second: IllOfTwo | null;
}

/** One of two relays is ill, or both. */
export interface IllOfTwo {
  /** Which is; `both` are asked in turn. */
  ill: 'first' | 'second' | 'both';
  /** Since when that is so. */
  since: Date;
  /** Whether mails go by the second. */
  onSecond: boolean;
  /** Host and port. */
  first: string;
  second: string;
}

type Timing = Pick<Settings, 'TELL_SOON' | 'SWEEP_GRACE'>;

/** Whether mails go out, from what is on record: whoever asks, in whichever process, has the same answer. */
@Injectable()
export class OutgoingService {
  constructor(
    private readonly prisma: PrismaService,
    @Inject(SETTINGS) private readonly settings: Patience & Timing,
  ) {}

  async look(now = new Date()): Promise<Outgoing> {
    const { pool } = this.prisma;
    const { TELL_SOON, SWEEP_GRACE, RELAY_SILENT_FOR } = this.settings;
    const ago = (wait: number) => new Date(now.getTime() - wait);
    const [waiting] = await WAITING.run(pool, now, ago(TELL_SOON), ago(SWEEP_GRACE), MOST_WAITING);
    if (!waiting) throw new Error('Postgres counted nothing');
    const relay = await this.illness(waiting, now);
    const [use] = await RELAY_USE.run(pool);
    const head = { waiting: waiting.mails, since: waiting.since, relay, second: use ? illOf(use) : null };
    if (waiting.late === 0 || waiting.since === null) return { ...head, late: null };
    const [recent] = await TAKEN_SINCE.run(pool, ago(RELAY_SILENT_FOR), MOST_WAITING);
    const taken = recent?.mails ?? 0;
    const holdup = holdupOf(waiting, relay !== null, taken);
    return {
      ...head,
      late: { mails: waiting.late, since: waiting.since, holdup, taken, within: RELAY_SILENT_FOR },
    };
  }

  /** Only a mail that was tried in vain speaks against a relay: what is not asked is not ill. */
  private async illness(waiting: Waiting, now: Date): Promise<IllRelay | null> {
    if (waiting.tried === 0) return null;
    const conversations = await CONVERSATIONS.run(this.prisma.pool, this.settings.RELAY_CONVERSATIONS);
    const ill = ({ reason, words }: Failed, since: Date) => ({
      since,
      waiting: waiting.mails,
      reason,
      words,
    });

    const failed = failedOf(conversations);
    const [last] = failed;
    const blamed = blamedFor(failed);
    const taken = conversations.find(({ reason }) => reason === null)?.endedAt ?? new Date(0);
    const isSeveral = blamed === 'several-mails';
    const [firstFailed] = blamed ? await FIRST_FAILED.run(this.prisma.pool, taken, isSeveral) : [];
    const silentSince = firstFailed?.at ?? null;
    if (last && silentSince && now.getTime() - silentSince.getTime() >= this.settings.RELAY_SILENT_FOR)
      return ill(last, silentSince);

    const failing = failingOf(conversations, waiting, this.settings, now);
    const [newest, oldest] = [failing[0], failing.at(-1)];
    return newest && oldest ? ill(newest, silentSince ?? oldest.endedAt) : null;
  }
}

function illOf({ firstIllSince, secondIllSince, onSecond, first, second }: RelayUse): IllOfTwo | null {
  const relays = { onSecond, first, second };
  if (firstIllSince && secondIllSince)
    return { ill: 'both', since: latest(firstIllSince, secondIllSince), ...relays };
  if (firstIllSince) return { ill: 'first', since: firstIllSince, ...relays };
  return secondIllSince && { ill: 'second', since: secondIllSince, ...relays };
}

function latest(one: Date, other: Date): Date {
  return one > other ? one : other;
}
