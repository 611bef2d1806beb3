import { Inject, Injectable, Logger } from '@nestjs/common';
import { beginSpan, concerning, Sealer, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { Caller } from './caller.js';
import type { CallAnswer } from './call-back.answer.js';
import { CallBackLost, CallBackTurns } from './call-back.turns.js';
import type { Aside, Progress, Secrets, TakenCallBack } from './call-back.turns.js';
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

  /** @throws StartError when calls cannot be made. */
  prepare(): void {
    this.caller.prepare();
  }

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
    let at: TakenCallBack | undefined = taken;
    while (at && !stop.aborted) {
      const rows: FeedRow[] = await this.feed.after(at, WINDOW);
      const last = rows.at(-1);
      if (last) at = await this.window(at, rows, last, stop);
      // Also while news keeps coming: what is aside has waited longer.
      if (at && !stop.aborted) at = await this.again(at, stop);
      if (!last) return;
    }
  }

  /** Tells some news. @returns how it stands then; undefined when it is to be left alone. */
  private async window(
    at: TakenCallBack,
    rows: FeedRow[],
    last: FeedRow,
    stop: AbortSignal,
  ): Promise<TakenCallBack | undefined> {
    const wanted = rows.filter(({ kind }) => at.kinds.length === 0 || at.kinds.includes(kind));
    const told = await this.tell(at, wanted, stop);
    if (stop.aborted && told.answers.size === 0 && wanted.length > 0) return undefined;
    return this.keep(at, afterWindow(at, last, told, this.settings));
  }

  /** Tries what it was put on without. @returns how it stands then; undefined when it is to be left alone. */
  private async again(taken: TakenCallBack, stop: AbortSignal): Promise<TakenCallBack | undefined> {
    const rows = await this.turns.dueAsides(taken, WINDOW);
    if (rows.length === 0) {
      const lost = await this.turns.dropLostAsides(taken);
      if (lost > 0)
        this.logger.error({
          message: 'Events that a call-back was put on without are not in this database; they are not told',
          name: taken.name,
          events: lost,
        });
      return taken;
    }
    const told = await this.tell<Aside>(taken, rows, stop);
    const { tried, givenUp } = afterAsides(told, this.settings);
    if (tried.length > 0) await this.turns.keepAsides(taken, tried);
    if (givenUp > 0)
      this.logger.error({
        message: 'A call-back does not take some events; they wait for a person (docs/call-backs.md)',
        name: taken.name,
        events: givenUp,
      });
    if (told.told === 0 && told.end === undefined) return taken;
    // How it stands is known now; its place in the feed is where it was.
    const { xid, sequence } = taken;
    const progress = afterWindow(taken, taken, told, this.settings);
    return this.keep(taken, { ...progress, xid, sequence, asides: [] });
  }

  /** @returns how it stands then; undefined when it is to be left alone. */
  private async keep(at: TakenCallBack, progress: Progress): Promise<TakenCallBack | undefined> {
    const { name } = at;
    const { state, reason, failures, wait, xid, sequence } = progress;
    await this.turns.keep(at, progress);
    if (state === 'stopped')
      this.logger.error({ message: 'A call-back wants no more calls (410); it is stopped', name });
    else if (failures > at.failures)
      this.logger.warn({ message: 'A call-back fails; it is tried again', name, reason, failures });
    return wait > 0 || state === 'stopped' ? undefined : { ...at, failures, xid, sequence };
  }

  private async tell<Row extends FeedRow>(
    taken: TakenCallBack,
    rows: Row[],
    stop: AbortSignal,
  ): Promise<Told<Row>> {
    if (rows.length === 0) return new Told(rows);
    const { url, failures } = taken;
    // Anew each time: the day of the one before may end while there is news.
    const secrets = this.opened(taken.name, await this.turns.secretsOf(taken));
    const events = new Map(
      (await this.feed.withStatus(rows)).map((event, index) => [rows[index]?.sequence, event]),
    );
    return tellEach(
      rows,
      failures > 0 ? AT_ONCE_FAILING : AT_ONCE,
      (row) => {
        const event = events.get(row.sequence);
        const body = JSON.stringify({ type: event?.kind, timestamp: event?.occurredAt, data: event });
        return traced(() => this.caller.call(url, secrets, { id: `event-${row.sequence}`, body }, stop));
      },
      stop,
    );
  }

  private opened(name: string, { secret, previousSecret }: Secrets): string[] {
    const open = (sealed: string, column: string) => this.sealer.open(sealed, `call_backs.${column}:${name}`);
    return [
      open(secret, 'secret'),
      ...(previousSecret === null ? [] : [open(previousSecret, 'previous_secret')]),
    ];
  }
}

/** A call is a trace of its own, which goes on with whoever is called. */
async function traced(call: () => Promise<CallAnswer>): Promise<CallAnswer> {
  const { traceparent, end } = beginSpan(
    () => ({ name: 'POST call-back', kind: 'client', attributes: { 'http.request.method': 'POST' } }),
    undefined,
  );
  const answer = await concerning({ traceparent }, call);
  end({ hasFailed: answer.kind === 'failed', attributes: { 'return_receipt.outcome': answer.kind } });
  return answer;
}
