import { Inject, Injectable, Logger } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import type { Mailer } from '#libs/email/index.js';
import { PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import type { ClaimedNotification } from './claim.js';
import { CONVERSATIONS_WITH, FIRST_FAILED_WITH } from './conversation.statements.js';
import { blamedFor, failedAmong, failedOf } from './relay.health.rules.js';
import { afterConversations, afterTrial, goesByOther, relayOf } from './relay.use.rules.js';
import type { Health, NextUse, RelayUse } from './relay.use.rules.js';
import {
  BRING_FORWARD,
  CHANGE_USE,
  FORGET_RELAYS,
  MEET_RELAYS,
  RELAY_USE_NOW,
  TRY_FIRST,
} from './relay.use.statements.js';
import { Relays } from './relays.js';
import { SendQueue } from './send.queue.js';

/** Milliseconds for which what is on record holds for all sends of this process. */
const FRESH_FOR = 1_000;
/** Conversations that must have failed before mails go by the other relay. */
const SEVERAL = 3;
/** Mails that are brought forward in one statement, and in how many at once: the next sweep goes on. */
const STEP = 500;
const STEPS = 20;

type Looked = RelayUse & { trialDue: boolean };

/**
 * By which relay a mail goes. Each process derives it from the same rows and changes it by compare-and-set; what it keeps is a second
 * old at most. Without a second relay nothing is asked.
 */
@Injectable()
export class RelayUseService implements OnModuleInit {
  private readonly logger = new Logger(RelayUseService.name);
  private use: Looked | undefined;
  private readAt = -Infinity;
  private looking: Promise<void> | undefined;
  private isWarned = false;
  private forwarding: Promise<number> | undefined;

  constructor(
    private readonly relays: Relays,
    private readonly queue: SendQueue,
    private readonly prisma: PrismaService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async onModuleInit(): Promise<void> {
    await (this.relays.second ? this.meet(this.relays.second) : FORGET_RELAYS.run(this.prisma.pool));
  }

  /** The one in use; while that is the second, for one mail now and then the first. Never throws. */
  async relayFor({ id, attempt, tries }: ClaimedNotification): Promise<Mailer> {
    const { first, second } = this.relays;
    if (!second) return first;
    await this.keepFresh();
    const { use } = this;
    if (!use?.onSecond) return first;
    // What a relay put off once stays with it, for as long as it is well: greylisting wants the same sender to come back.
    if (!use.trialDue || tries > 1) return second;
    use.trialDue = false;
    try {
      const [tried] = await TRY_FIRST.run(this.prisma.pool, id, attempt, this.longestTrial);
      return tried ? first : second;
    } catch {
      return second;
    }
  }

  /** For a mail that is no part of the record. */
  async inUse(): Promise<Mailer> {
    const { first, second } = this.relays;
    if (second) await this.keepFresh();
    return second && this.use?.onSecond ? second : first;
  }

  /** Whether what this relay put off goes by the other at once, which is in use and well. */
  goesByOther(relay: string): boolean {
    // A trial that failed is counted with the next look.
    if (this.use?.onSecond && relay === this.relays.first.relay) this.readAt = -Infinity;
    return this.use !== undefined && goesByOther(this.use, relay);
  }

  /** Looks even if nothing is sent, and brings forward what waits for a relay that is not in use. @returns mails brought forward. */
  async keepUp(): Promise<number> {
    if (!this.relays.second) return 0;
    await this.keepFresh();
    return this.bringForward();
  }

  private get longestTrial(): number {
    return Math.max(this.settings.SMTP_TRY_FIRST_EVERY, this.settings.SEND_LEASE);
  }

  private async meet(second: Mailer): Promise<void> {
    await MEET_RELAYS.run(this.prisma.pool, this.relays.first.relay, second.relay);
  }

  private async keepFresh(): Promise<void> {
    if (performance.now() - this.readAt < FRESH_FOR) return;
    this.looking ??= this.look()
      // What was known goes on: whether mails can be sent is not decided here.
      .catch((error: unknown) =>
        this.logger.warn({ message: 'Which relay is in use could not be read', err: error }),
      )
      .finally(() => {
        this.looking = undefined;
        this.readAt = performance.now();
      });
    await this.looking;
  }

  private async look(): Promise<void> {
    const { first, second } = this.relays;
    const [row] = await RELAY_USE_NOW.run(this.prisma.pool);
    this.use = undefined;
    // A process began that knows of no second relay, and forgot what was.
    if (!row && second) return this.meet(second);
    if (row?.first !== first.relay || row.second !== second?.relay) return this.warnOfOthers();
    const { trialEnded, now, ...use } = row;
    this.use = use;
    this.isWarned = false;
    const every = this.settings.SMTP_TRY_FIRST_EVERY;
    const next =
      afterTrial(use, trialEnded, every) ?? afterConversations(use, await this.healthOf(use, now), every);
    if (next) await this.change(use, next);
  }

  /** Processes with other settings have begun since: theirs hold, and here mails go by the first alone. */
  private warnOfOthers(): void {
    if (!this.isWarned)
      this.logger.warn({
        message: 'Another process names other relays: give all the same SMTP_URL and SMTP_SECOND_URL',
      });
    this.isWarned = true;
  }

  /** Of the relay in use, since it is. */
  private async healthOf(use: RelayUse, now: Date): Promise<Health> {
    const { pool } = this.prisma;
    const { RELAY_SILENT_FOR, RELAY_CONVERSATIONS, RELAY_FAILURES, SMTP_SECOND_AFTER } = this.settings;
    const since = new Date(Math.max(use.since.getTime(), now.getTime() - RELAY_SILENT_FOR));
    const relay = relayOf(use);
    const conversations = await CONVERSATIONS_WITH.run(pool, RELAY_CONVERSATIONS, since, relay);
    const taken = conversations.find(({ reason }) => reason === null)?.endedAt;
    const failed = failedOf(conversations);
    const blamed = failed.length >= SEVERAL ? blamedFor(failed) : undefined;
    const isFailing = failedAmong(conversations, RELAY_CONVERSATIONS).length >= RELAY_FAILURES;
    if (!blamed && !isFailing) return { illSince: null, takes: taken !== undefined };
    const after = blamed && taken ? taken : since;
    const [first] = await FIRST_FAILED_WITH.run(pool, after, blamed === 'several-mails', relay, since);
    const at = first?.at ?? null;
    const isLong = at !== null && now.getTime() - at.getTime() >= SMTP_SECOND_AFTER;
    return { illSince: isLong ? at : null, takes: taken !== undefined };
  }

  private async change(use: Looked, next: NextUse): Promise<void> {
    const { onSecond, firstIllSince, secondIllSince, trialsTaken, nextTrial } = next;
    const [changed] = await CHANGE_USE.run(
      this.prisma.pool,
      use.revision,
      onSecond,
      firstIllSince,
      secondIllSince,
      trialsTaken,
      nextTrial,
    );
    // Somebody else was first: the next look says what he made of it.
    if (!changed) return;
    this.use = { ...use, ...next, revision: changed.revision, trialDue: onSecond && nextTrial === 0 };
    if (onSecond === use.onSecond) return;
    this.logger.warn({
      message: onSecond ? 'Mails go by the second relay' : 'Mails go by the first relay',
      relay: relayOf(this.use),
    });
    // Who sends meanwhile need not wait for it, and what it leaves behind is the next sweep's.
    this.bringForward().catch((error: unknown) =>
      this.logger.warn({ message: 'Mails could not be brought forward yet', err: error }),
    );
  }

  private bringForward(): Promise<number> {
    this.forwarding ??= this.moveForward().finally(() => (this.forwarding = undefined));
    return this.forwarding;
  }

  private async moveForward(): Promise<number> {
    const { use } = this;
    if (!use) return 0;
    const other = use.onSecond ? use.first : use.second;
    if (!goesByOther(use, other)) return 0;
    let all = 0;
    for (let step = 0; step < STEPS; step += 1) {
      const rows = await BRING_FORWARD.run(this.prisma.pool, other, this.settings.RETRY_CEILING, STEP);
      await this.queue.enqueue(rows);
      all += rows.length;
      if (rows.length < STEP) break;
    }
    return all;
  }
}
