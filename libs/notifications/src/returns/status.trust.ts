import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { Prepared, PrismaService } from '#libs/platform/index.js';
import { SharedStatuses } from './shared.statuses.js';

/** Milliseconds for which a process believes what it has read of the row. */
const BELIEVED = 1_000;
/** Milliseconds for which nobody uses Redis after somebody has said that they cannot. */
const AWAY = 5_000;

/** The row, as this process knows it. Times are of `performance.now()`. */
interface Known {
  /** When it was asked for. */
  at: number;
  server: string;
  epoch: string;
  isAway: boolean;
  awayUntil: number;
}

/**
 * May what is kept in Redis be believed? Processes that all reach it agree by it. One that does not, or that reaches another server than
 * the others, would answer behind their backs: it says so in Postgres, waits until all have heard, and until it reaches Redis again
 * all do without. What was kept before that is never believed again: `epoch` is another one then, and so is a server that was
 * started anew.
 */
@Injectable()
export class StatusTrust {
  private readonly logger = new Logger('Statuses');
  private known: Known = { at: -Infinity, server: '', epoch: '', isAway: false, awayUntil: -Infinity };
  private asking: Promise<void> | undefined;
  private readonly writing = new Map<string, Promise<void>>();
  /** Since when this process knows that all do without, and since which epoch. */
  private heard = { epoch: '', at: Infinity };
  private introduced = 0;
  private wasIll = false;

  constructor(
    private readonly prisma: PrismaService,
    private readonly shared: SharedStatuses,
  ) {}

  /** What is kept just now bears it, and only what bears it may be believed. Undefined: do without. */
  async mark(): Promise<string | undefined> {
    await this.shared.firstMoment();
    if (this.shared.server === undefined) return undefined;
    await this.beUpToDate();
    await this.introduce();
    const { server } = this.shared;
    if (server === undefined || this.known.server !== server || this.known.isAway) return undefined;
    if (performance.now() - this.known.at > BELIEVED) return undefined;
    return `${server.slice(0, 12)}.${this.known.epoch}`;
  }

  /** Waits until all do without Redis. False when they do not, or not for long enough: ask for the mark again. */
  async allDoWithout(): Promise<boolean> {
    const isIll = this.shared.server === undefined || this.shared.server !== this.known.server;
    this.say(isIll);
    if (isIll && this.known.awayUntil - performance.now() < AWAY / 2) await this.write('');
    const wait = this.heard.at + BELIEVED - performance.now();
    if (this.known.isAway && wait > 0) await delay(wait + 1);
    return this.isWithout();
  }

  /** Does everybody do without at this moment? */
  isWithout(): boolean {
    const now = performance.now();
    return this.known.isAway && now < this.known.awayUntil && now > this.heard.at + BELIEVED;
  }

  /** A server that this process is newly connected to is the one that counts. */
  private async introduce(): Promise<void> {
    const { server, connections } = this.shared;
    if (server !== undefined && connections !== this.introduced && this.known.server !== server)
      await this.write(server);
    this.introduced = connections;
  }

  private async beUpToDate(): Promise<void> {
    const now = performance.now();
    const age = now - this.known.at;
    const isOver = this.known.isAway && now >= this.known.awayUntil;
    if (age < BELIEVED / 2 && !isOver) return;
    // Behind the caller's back, while what is known is new enough.
    this.asking ??= this.ask(TRUST).finally(() => (this.asking = undefined));
    if (age > BELIEVED || isOver) await this.asking;
    else this.asking.catch(() => undefined);
  }

  /** Whoever wants the same meanwhile waits for it. */
  private async write(server: string): Promise<void> {
    const writing =
      this.writing.get(server) ??
      this.ask(DO_WITHOUT, server, AWAY).finally(() => this.writing.delete(server));
    this.writing.set(server, writing);
    await writing;
  }

  /** What it says is true of the moment in which it was sent, or of a later one: that it waited for a connection does not count. */
  private async ask<Values extends unknown[]>(
    statement: Prepared<Values, TrustRow>,
    ...values: Values
  ): Promise<void> {
    const session = await this.prisma.pool.connect();
    try {
      const at = performance.now();
      this.note(at, await statement.run(session, ...values));
    } finally {
      session.release();
    }
  }

  private note(at: number, [row]: TrustRow[]): void {
    if (!row || at < this.known.at) return;
    const { server, epoch, away } = row;
    this.known = { at, server, epoch, isAway: away > 0, awayUntil: at + away };
    if (away > 0 && this.heard.epoch !== epoch) this.heard = { epoch, at: performance.now() };
  }

  private say(isIll: boolean): void {
    if (isIll === this.wasIll) return;
    this.wasIll = isIll;
    if (isIll)
      this.logger.warn(
        'Redis cannot be reached, or is another one than that of the other processes: statuses are read from Postgres until it is',
      );
  }
}

interface TrustRow {
  server: string;
  epoch: string;
  /** Milliseconds for which all do without, from now on. */
  away: number;
}

const AS_ROW = `server, epoch::text, (extract(epoch FROM away_until - clock_timestamp()) * 1000)::float8 AS away`;

export const TRUST = new Prepared<[], TrustRow>(
  'status trust',
  `SELECT ${AS_ROW} FROM status_trust WHERE id = 1`,
);

/**
 * Before the first server nobody believes anything, so that nobody has to stop. A time away that is nearly over may be over for
 * somebody before they hear that it goes on: then it is another one.
 */
export const DO_WITHOUT = new Prepared<[server: string, time: number], TrustRow>(
  'do without',
  `UPDATE status_trust SET
     epoch = epoch + CASE WHEN away_until > clock_timestamp() + interval '1 second' AND $1::text IN ('', server) THEN 0 ELSE 1 END,
     away_until = CASE WHEN $1::text <> '' AND server = '' THEN away_until
                       ELSE greatest(away_until, clock_timestamp() + $2::float8 * interval '1 millisecond') END,
     server = CASE WHEN $1::text = '' THEN server ELSE $1::text END
   WHERE id = 1 RETURNING ${AS_ROW}`,
);
