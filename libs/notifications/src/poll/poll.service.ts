import { Injectable, Logger } from '@nestjs/common';
import { announce, since, stepBegins } from '#libs/platform/index.js';
import { PollRun } from './poll.run.js';
import { countDecided } from './poll.tally.js';
import type { PollTally } from './poll.tally.js';
import { PollTurns } from './poll.turns.js';
import type { Turn } from './poll.turns.js';
import { Undecided } from './undecided.js';
import { Upstream } from './upstream.js';

export interface PollOptions {
  /** Milliseconds that must have gone by since the run before began. Default 0. */
  every?: number;
  /** Ends the run at once; another process goes on where it was. */
  stop?: AbortSignal;
}

/**
 * Asks the upstream what became of every submission on the backup path until it says so, whatever their age and whatever people
 * did for them meanwhile. It only ever writes what the backup path decided: it remediates nothing, and mails nobody.
 */
@Injectable()
export class PollService {
  private readonly logger = new Logger(PollService.name);

  constructor(
    private readonly upstream: Upstream,
    private readonly undecided: Undecided,
    private readonly turns: PollTurns,
  ) {}

  /** Is there an upstream to ask? */
  get isOn(): boolean {
    return this.upstream.isKnown;
  }

  /** Undefined when another process asks just now, or did within `every`. @throws when the database does not answer. */
  async poll({ every = 0, stop }: PollOptions = {}): Promise<PollTally | undefined> {
    const turn = await this.turns.take(every);
    if (!turn) return undefined;
    const run = new PollRun(this.upstream, { stop, mayGoOn: () => this.turns.keep(turn) });
    await this.walk(run, turn);
    this.report(run.tally);
    return run.tally;
  }

  /** Asks and writes nothing; so it needs no turn. */
  async dryRun(): Promise<PollTally> {
    const run = new PollRun(this.upstream, { mayGoOn: () => Promise.resolve(true) });
    for await (const batch of this.undecided.batches('')) {
      const verdicts = await run.ask(batch);
      countDecided(
        run.tally,
        verdicts.map(({ status }) => status),
      );
      if (run.isOver) break;
    }
    return run.tally;
  }

  /** Each batch is written before the next one is asked: what breaks off loses one answer at most, and asks for it again. */
  private async walk(run: PollRun, turn: Turn): Promise<void> {
    let done = turn.resumeAfter;
    let isWhole = false;
    try {
      for await (const batch of this.undecided.batches(turn.resumeAfter)) {
        const began = stepBegins();
        const verdicts = await run.ask(batch);
        if (began) announce({ step: 'upstream-answered', id: batch[0] ?? '', ms: since(began) });
        countDecided(run.tally, await this.undecided.decide(verdicts));
        if (run.isCutOff) return;
        done = batch.at(-1) ?? done;
        if (run.isOver) return;
      }
      isWhole = true;
    } finally {
      await this.turns.end(turn, isWhole ? '' : done, run.isCutOff);
    }
  }

  private report(tally: PollTally): void {
    if (tally.asked === 0) return;
    const { strangeWords, refused, refusedIds, ...counts } = tally;
    this.logger.log({ message: 'The upstream was asked about the backup path', ...counts, refused });
    if (Object.keys(strangeWords).length > 0)
      this.logger.warn({
        message: 'The upstream said words that nobody knows; they changed nothing',
        strangeWords,
      });
    if (refused > 0) this.logger.warn({ message: 'The upstream refuses ids', refused, refusedIds });
  }
}
