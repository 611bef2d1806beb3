import { Inject, Injectable } from '@nestjs/common';
import { v4 as uuid } from 'uuid';
import { PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { BECAME_OF_DAY, COUNT_PIECE, HOLD_DAY, KEEP_DAY, TAKE_DAY } from './service-level.statements.js';
import type { BecameOfDay, CountedMails, TakenDay } from './service-level.statements.js';
import { addedUp } from './wait.rules.js';

/** Mails that are counted together: each step ends long before it holds up anybody. */
const PIECE = 20_000;

/** Milliseconds that a worker may take for one step. A day of one that died is another's after this. */
const LEASE = 60_000;

/** What is counted of a day. */
export interface DayCounts extends Record<BecameOfDay, number> {
  mails: number;
  listed: number;
  ordered: number;
  owed: number;
  inTime: number;
  askedAgain: number;
  withinMs: number;
  waits: number[];
}

/**
 * Counts the mails of each day since the first one, until the day is final. Several workers may do so at once: each day is in the hands
 * of one, and counting it again changes nothing that is true.
 */
@Injectable()
export class ServiceLevelCounting {
  constructor(
    private readonly prisma: PrismaService,
    @Inject(SETTINGS)
    private readonly settings: Pick<
      Settings,
      'SERVICE_LEVEL_WITHIN' | 'SERVICE_LEVEL_EVERY' | 'SERVICE_LEVEL_OPEN_FOR' | 'SUBMISSION_ERROR_AFTER'
    >,
  ) {}

  /** Works until no day is due, or it is told to stop. */
  async work(stop: AbortSignal): Promise<void> {
    const { SERVICE_LEVEL_EVERY, SERVICE_LEVEL_OPEN_FOR } = this.settings;
    const token = uuid();
    while (!stop.aborted) {
      const [taken] = await TAKE_DAY.run(
        this.prisma.pool,
        token,
        LEASE,
        SERVICE_LEVEL_EVERY,
        SERVICE_LEVEL_OPEN_FOR,
      );
      if (!taken) return;
      await this.count(taken, token, stop);
    }
  }

  private async count({ day, from, until, now }: TakenDay, token: string, stop: AbortSignal): Promise<void> {
    const { SERVICE_LEVEL_WITHIN: within, SERVICE_LEVEL_OPEN_FOR: openFor } = this.settings;
    const isPatient = this.settings.SUBMISSION_ERROR_AFTER > 1;
    const counts = nothing(within);
    for (let next = from; next < until;) {
      const piece = await COUNT_PIECE.run(this.prisma.pool, next, until, now, PIECE, within, isPatient);
      for (const mails of piece) add(counts, mails);
      next = piece[0]?.until ?? until;
      const [held] = await HOLD_DAY.run(this.prisma.pool, day, token, LEASE);
      // It is another's now, or anybody's once the lease is over.
      if (!held || stop.aborted) return;
    }
    await KEEP_DAY.run(this.prisma.pool, day, token, now, openFor, JSON.stringify(counts));
  }
}

function nothing(withinMs: number): DayCounts {
  const became = Object.fromEntries(BECAME_OF_DAY.map((one) => [one, 0])) as Record<BecameOfDay, number>;
  return {
    ...became,
    mails: 0,
    listed: 0,
    ordered: 0,
    owed: 0,
    inTime: 0,
    askedAgain: 0,
    withinMs,
    waits: addedUp([]),
  };
}

function add(counts: DayCounts, { became, wait, mails, ...is }: CountedMails): void {
  counts.mails += mails;
  counts[became] += mails;
  if (is.isListed) counts.listed += mails;
  if (is.isOrdered) counts.ordered += mails;
  if (is.isOwed) counts.owed += mails;
  if (is.isInTime) counts.inTime += mails;
  if (is.isAskedAgain) counts.askedAgain += mails;
  if (wait !== null) counts.waits[wait] = (counts.waits[wait] ?? 0) + mails;
}
