import { Inject, Injectable, Logger } from '@nestjs/common';
import { Sealer, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { Caller } from './caller.js';
import { CallBackLost, CallBackTurns } from './call-back.turns.js';
import type { Aside, TakenCallBack } from './call-back.turns.js';
import { afterAsides, afterWindow } from './call-back.rules.js';
import { tellEach, Told } from './call-back.window.js';
import { EventFeed } from './event.feed.js';
import type { FeedRow } from './event.feed.js';

/** Events that are read at a time, of whatever kind. */
const WINDOW = 100;
/** Calls of one call-back at the same time; fewer while it fails, to see whether it is the event or all of it. */
const AT_ONCE = 8;
const AT_ONCE_FAILING = 2;

/** Tells backends what happened, each by itself: one that does not answer keeps no other from being told. */
@Injectable()
export class CallBackEngine {
  private readonly logger = new Logger(CallBackEngine.name);
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly turns: CallBackTurns,
    private readonly feed: EventFeed,
    private readonly caller: Caller,
    private readonly sealer: Sealer,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Takes all that have something to be told, and does not wait for what comes of it. */
  async begin(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const taken = await this.turns.take();
      if (!taken) return;
      const turn = this.turn(taken, stop).finally(() => this.running.delete(turn));
      this.running.add(turn);
    }
  }

  /** Waits for what was begun. */
  async ended(): Promise<void> {
    await Promise.all(this.running);
  }

  private async turn(taken: TakenCallBack, stop: AbortSignal): Promise<void> {
    try {
      await this.turns.keepWhile(taken, () => this.work(taken, stop));
      await this.turns.giveBack(taken);
    } catch (err) {
      if (err instanceof CallBackLost) return;
      // Its lease ends by itself.
      this.logger.warn({
        message: 'A call-back was broken off; a worker goes on with it',
        name: taken.name,
        err,
      });
    }
  }

  private async work(taken: TakenCallBack, stop: AbortSignal): Promise<void> {
    const secrets = this.secretsOf(taken);
    let at = taken;
    while (!stop.aborted) {
      const rows = await this.feed.after(at, WINDOW);
      const last = rows.at(-1);
      if (!last) break;
      const wanted = rows.filter(({ kind }) => at.kinds.length === 0 || at.kinds.includes(kind));
      const told = await this.tell(at, secrets, wanted, stop);
      if (stop.aborted && told.answers.size === 0 && wanted.length > 0) return;
      const progress = afterWindow(at, last, told, this.settings);
      await this.turns.keep(at, progress);
      if (progress.state === 'stopped')
        this.logger.error({ message: 'A call-back wants no more calls (410); it is stopped', name: at.name });
      else if (progress.failures > at.failures)
        this.logger.warn({
          message: 'A call-back fails; it is tried again',
          name: at.name,
          reason: progress.reason,
          failures: progress.failures,
        });
      if (progress.wait > 0 || progress.state === 'stopped') return;
      at = { ...at, ...progress };
    }
    if (!stop.aborted) await this.again(at, secrets, stop);
  }

  /** Tries what it was put on without. */
  private async again(taken: TakenCallBack, secrets: string[], stop: AbortSignal): Promise<void> {
    const rows = await this.turns.dueAsides(taken, WINDOW);
    if (rows.length === 0) return;
    const told = await this.tell<Aside>(taken, secrets, rows, stop);
    const { tried, givenUp } = afterAsides(told, this.settings);
    if (tried.length > 0) await this.turns.keepAsides(taken, tried);
    if (givenUp > 0)
      this.logger.error({
        message: 'A call-back does not take some events; they wait for a person (docs/call-backs.md)',
        name: taken.name,
        events: givenUp,
      });
    if (told.told === 0 && told.end === undefined) return;
    // How it stands is known now; its place in the feed is where it was.
    const { xid, sequence } = taken;
    await this.turns.keep(taken, {
      ...afterWindow(taken, taken, told, this.settings),
      xid,
      sequence,
      asides: [],
    });
  }

  private async tell<Row extends FeedRow>(
    { url, failures }: TakenCallBack,
    secrets: string[],
    rows: Row[],
    stop: AbortSignal,
  ): Promise<Told<Row>> {
    if (rows.length === 0) return new Told(rows);
    const events = new Map(
      (await this.feed.withStatus(rows)).map((event, index) => [rows[index]?.sequence, event]),
    );
    return tellEach(
      rows,
      failures > 0 ? AT_ONCE_FAILING : AT_ONCE,
      (row) => {
        const event = events.get(row.sequence);
        const body = JSON.stringify({ type: event?.kind, timestamp: event?.occurredAt, data: event });
        return this.caller.call(url, secrets, { id: `event-${row.sequence}`, body }, stop);
      },
      stop,
    );
  }

  private secretsOf({ name, secret, previousSecret }: TakenCallBack): string[] {
    const open = (sealed: string, column: string) => this.sealer.open(sealed, `call_backs.${column}:${name}`);
    return [
      open(secret, 'secret'),
      ...(previousSecret === null ? [] : [open(previousSecret, 'previous_secret')]),
    ];
  }
}
