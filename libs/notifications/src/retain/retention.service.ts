import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Session, Settings } from '#libs/platform/index.js';
import { ReturnWrites } from '../returns/return.writes.js';
import { eraseMails } from './erased.mails.js';
import {
  BEGINNING,
  ERASE_OLD_MESSAGES,
  ERASE_OLD_SUPPRESSIONS,
  ERASE_OLD_TEST_MAILS,
  HOLD_MAILS,
  HOLD_RETURNS,
  OLD_MAILS,
  OLD_RETURNS,
  QUIET_RETURNS,
} from './retention.statements.js';
import type { Place } from './retention.statements.js';

/** What one round erased: rows by what they are. */
export interface Retained {
  mails: number;
  returns: number;
  messages: number;
  suppressions: number;
  testMails: number;
}

/** What a step did, and where the next one goes on; nowhere when all was looked at. */
interface Step {
  erased: number;
  next?: Place;
}

/** Rows of a step: it ends long before anybody feels that it holds them. */
const PIECE = 500;
/** A step is followed by so many times its own length of rest: the database is the service's. */
const REST = 4;

/**
 * Erases what has been kept for RETAIN_DAYS. Mails first: a return goes when all of its mails have. Whoever is untold, and whatever is
 * on its way, stays as it is. Several workers may do so at once, and one that is killed leaves the rest to the next round: each step is
 * a transaction, and the rows themselves say what is left.
 */
@Injectable()
export class Retention {
  private readonly logger = new Logger(Retention.name);

  constructor(
    private readonly prisma: PrismaService,
    private readonly returns: ReturnWrites,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'RETAIN_DAYS'>,
  ) {}

  /** Works until all that is old enough was looked at once, or it is told to stop. */
  async work(stop: AbortSignal): Promise<Retained> {
    const days = this.settings.RETAIN_DAYS;
    const done: Retained = { mails: 0, returns: 0, messages: 0, suppressions: 0, testMails: 0 };
    if (days === 0) return done;
    done.mails = await this.walk((after) => this.eraseMails(days, after), stop);
    done.returns = await this.walk((after) => this.eraseReturns(days, after), stop);
    done.messages = await this.walk(() => this.erase(ERASE_OLD_MESSAGES, days), stop);
    done.suppressions = await this.walk(() => this.erase(ERASE_OLD_SUPPRESSIONS, days), stop);
    done.testMails = await this.walk(() => this.erase(ERASE_OLD_TEST_MAILS, days), stop);
    if (Object.values(done).some((rows: number) => rows > 0))
      this.logger.log({ message: 'What was kept for RETAIN_DAYS was erased', ...done });
    return done;
  }

  private async walk(step: (after: Place) => Promise<Step>, stop: AbortSignal): Promise<number> {
    let erased = 0;
    let place: Place | undefined = BEGINNING;
    while (place && !stop.aborted) {
      const began = Date.now();
      const done: Step = await step(place);
      erased += done.erased;
      place = done.next;
      if (place) await delay(REST * (Date.now() - began), undefined, { signal: stop }).catch(() => undefined);
    }
    return erased;
  }

  private async eraseMails(days: number, after: Place): Promise<Step> {
    const rows = await OLD_MAILS.run(this.prisma.pool, days, after.at, after.id, PIECE);
    const ids = rows.filter(({ isPending }) => !isPending).map(({ id }) => id);
    const erased = await this.prisma.retryingPrepared(async (session) => {
      const held = await HOLD_MAILS.run(session, ids);
      const mails = held.map(({ id }) => id);
      await eraseMails(session, mails, false);
      return mails.length;
    });
    return { erased, next: nextOf(rows) };
  }

  private async eraseReturns(days: number, after: Place): Promise<Step> {
    const rows = await OLD_RETURNS.run(this.prisma.pool, days, after.at, after.id, PIECE);
    const ids = rows.map(({ id }) => id);
    const erased = await this.prisma.retryingPrepared(async (session) => {
      const held = await HOLD_RETURNS.run(session, ids);
      const quiet = await QUIET_RETURNS.run(
        session,
        days,
        held.map(({ id }) => id),
      );
      if (quiet.length > 0)
        await this.returns.erase(
          session,
          quiet.map(({ id }) => id),
          false,
        );
      return quiet.length;
    });
    return { erased, next: nextOf(rows) };
  }

  private async erase(statement: Erasing, days: number): Promise<Step> {
    const { length } = await statement.run(this.prisma.pool, days, PIECE);
    return { erased: length, next: length === PIECE ? BEGINNING : undefined };
  }
}

interface Erasing {
  run: (on: Session, days: number, most: number) => Promise<{ id: string }[]>;
}

function nextOf(rows: Place[]): Place | undefined {
  return rows.length === PIECE ? rows.at(-1) : undefined;
}
