import { Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import { Prepared, PrismaService } from '#libs/platform/index.js';
import { ReturnNews } from './return.news.js';
import type { Revision } from './status.service.js';

/** Hears of a revision that is committed: perhaps one that is known, perhaps an older one than the last. Must not throw. */
type Hear = (revision: bigint) => void;

/** Milliseconds between two looks at all that is watched, for what nobody told: its writer died, or the connection was away. */
const LOOK_EVERY = 5_000;
/** Returns of which one statement reads the revisions. */
const AT_ONCE = 500;

/**
 * Tells those in this process who wait for a return that it has changed, whichever process committed it. What is told by its writer
 * is heard at once. What no writer could tell is found by a look at the revisions of all that is watched, one for the process
 * however many wait. So whoever watches first and reads then misses nothing.
 */
@Injectable()
export class ReturnWatch implements BeforeApplicationShutdown {
  private readonly logger = new Logger(ReturnWatch.name);
  private readonly watched = new Map<string, Set<Hear>>();
  private stopReading: (() => void) | undefined;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private isLookDue = false;

  constructor(
    private readonly prisma: PrismaService,
    private readonly news: ReturnNews,
  ) {}

  /** @returns ends it. */
  watch(taxReturnId: string, hear: Hear): () => void {
    this.begin();
    const hearers = this.watched.get(taxReturnId) ?? new Set();
    this.watched.set(taxReturnId, hearers.add(hear));
    return () => {
      hearers.delete(hear);
      if (hearers.size === 0 && this.watched.get(taxReturnId) === hearers) this.watched.delete(taxReturnId);
      if (this.watched.size === 0) this.rest();
    };
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.rest();
    this.stopReading?.();
    await this.looking;
  }

  private begin(): void {
    this.timer ??= setInterval(() => this.look(), LOOK_EVERY);
    this.stopReading ??= this.news.read({
      changed: (changes) => {
        for (const change of changes) this.tell(change);
      },
      missed: () => this.look(),
    });
  }

  /** Nothing is looked at while nobody waits. The news are read on: to connect anew takes longer than to hear them. */
  private rest(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private look(): void {
    this.isLookDue = true;
    this.looking ??= this.lookWhileDue().finally(() => (this.looking = undefined));
  }

  /** One look at a time, and one more when it was asked for in the middle of one: that may have read too early. */
  private async lookWhileDue(): Promise<void> {
    try {
      while (this.isLookDue) {
        this.isLookDue = false;
        const ids = [...this.watched.keys()];
        for (let from = 0; from < ids.length; from += AT_ONCE)
          for (const row of await REVISIONS.run(this.prisma.pool, ids.slice(from, from + AT_ONCE)))
            this.tell(row);
      }
    } catch (error) {
      this.logger.warn({
        message: 'Nobody could see which returns have changed; it is looked again',
        err: error,
      });
    }
  }

  private tell({ taxReturnId, revision }: Revision): void {
    for (const hear of [...(this.watched.get(taxReturnId) ?? [])]) hear(BigInt(revision));
  }
}

export const REVISIONS = new Prepared<[taxReturnIds: string[]], Revision>(
  'revisions',
  `SELECT t.id AS "taxReturnId", t.revision::text FROM tax_returns t WHERE t.id = ANY($1::uuid[])`,
);
