import { Injectable, Logger } from '@nestjs/common';
import { announce, since, stepBegins } from '#libs/platform/index.js';
import type { Acknowledgement } from './acknowledgement.answer.js';
import type { Decided, PollPath } from './poll.path.js';
import { PollRun } from './poll.run.js';
import { countDecided } from './poll.tally.js';
import type { PollTally } from './poll.tally.js';
import { PollTurns } from './poll.turns.js';
import type { Turn } from './poll.turns.js';
import { Unacknowledged } from './unacknowledged.js';
import { Undecided } from './undecided.js';
import type { Verdict } from './upstream.answer.js';
import { Upstream } from './upstream.js';

export interface PollOptions {
  /** Milliseconds that must have gone by since the run before began. Default 0. */
  every?: number;
  /** Ends the run at once; another process goes on where it was. */
  stop?: AbortSignal;
}

/** Asks the upstream one of the things that it knows, until it has said so of everybody. */
export abstract class Polls<V extends Decided> {
  private readonly logger = new Logger(Polls.name);

  constructor(
    private readonly upstream: Upstream,
    private readonly path: PollPath<V>,
    private readonly turns: PollTurns,
  ) {}

  /** For people: what is asked. */
  get about(): string {
    return this.path.about;
  }

  /** Is there an upstream to ask? */
  get isOn(): boolean {
    return this.upstream.isKnown;
  }

  /** Undefined when another process asks just now, or did within `every`. @throws when the database does not answer. */
  async poll({ every = 0, stop }: PollOptions = {}): Promise<PollTally | undefined> {
    const turn = await this.turns.take(this.path.name, every);
    if (!turn) return undefined;
    const run = new PollRun(this.upstream, this.path, { stop, mayGoOn: () => this.turns.keep(turn) });
    await this.walk(run, turn);
    this.report(run.tally);
    return run.tally;
  }

  /** Asks and writes nothing; so it needs no turn. */
  async dryRun(): Promise<PollTally> {
    const run = new PollRun(this.upstream, this.path, { mayGoOn: () => Promise.resolve(true) });
    for await (const batch of this.path.batches('', true)) {
      const { verdicts } = await run.ask(batch);
      countDecided(
        run.tally,
        verdicts.map(({ status }) => status),
      );
      if (run.isOver) break;
    }
    return run.tally;
  }

  /** Each batch is written before the next one is asked: what breaks off loses one answer at most, and asks for it again. */
  private async walk(run: PollRun<V>, turn: Turn): Promise<void> {
    let done = turn.resumeAfter;
    let isWhole = false;
    try {
      for await (const batch of this.path.batches(turn.resumeAfter, false)) {
        const began = stepBegins();
        const answered = await run.ask(batch);
        const outcome = answered.heard.length > 0 ? 'answered' : 'in-vain';
        if (began && batch.length > 0)
          announce({ step: 'upstream-answered', id: batch[0] ?? '', outcome, ms: since(began) });
        countDecided(run.tally, await this.path.settle(answered));
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
    const { about } = this.path;
    this.logger.log({ message: `The upstream was asked about ${about}`, ...counts, refused });
    if (Object.keys(strangeWords).length > 0)
      this.logger.warn({
        message: 'The upstream said words that nobody knows; they changed nothing',
        about,
        strangeWords,
      });
    if (refused > 0) this.logger.warn({ message: 'The upstream refuses ids', about, refused, refusedIds });
  }
}

/**
 * What became of every submission on the backup path, whatever its age and whatever people did for it meanwhile. It only ever
 * writes what the backup path decided: it remediates nothing, and mails nobody.
 */
@Injectable()
export class BackupPolls extends Polls<Verdict> {
  constructor(upstream: Upstream, undecided: Undecided, turns: PollTurns) {
    super(upstream, undecided, turns);
  }
}

/** What the authority made of every submission that it has neither accepted nor rejected as far as we heard. Its answers are statuses like any other. */
@Injectable()
export class AcknowledgementPolls extends Polls<Acknowledgement> {
  constructor(upstream: Upstream, unacknowledged: Unacknowledged, turns: PollTurns) {
    super(upstream, unacknowledged, turns);
  }
}
