import { Logger } from '@nestjs/common';
import { countAnswer, countFailure, countRefusal, emptyTally } from './poll.tally.js';
import type { Upstream } from './upstream.js';
import type { Verdict } from './upstream.answer.js';

/** Failures in a row after which the upstream is left alone until the next run. */
const PATIENCE = 3;

/** How a run may be ended from outside. */
export interface PollRunOptions {
  stop?: AbortSignal;
  /** Asked before each call: may it go on? */
  mayGoOn: () => Promise<boolean>;
}

/** One run: asks about batch after batch, and remembers what came of it. Writes nothing. */
export class PollRun {
  readonly tally = emptyTally();
  /** It was stopped, or lost its turn: there is more to ask. */
  isCutOff = false;
  private readonly logger = new Logger(PollRun.name);
  private troubles = 0;

  constructor(
    private readonly upstream: Upstream,
    private readonly options: PollRunOptions,
  ) {}

  get isOver(): boolean {
    return this.isCutOff || this.tally.gaveUp;
  }

  /** What the upstream decided of a batch. Empty where it did not answer. */
  async ask(batch: string[]): Promise<Verdict[]> {
    const { refused } = this.tally;
    const verdicts = await this.askParts(batch);
    // One id may be bad. Where all are, it is the upstream that is not as it should be.
    if (batch.length > 1 && this.tally.refused - refused === batch.length) this.trouble();
    return verdicts;
  }

  /** What it refuses is asked in halves, down to the single id, so that one that it cannot take keeps no other from being asked. */
  private async askParts(ids: string[]): Promise<Verdict[]> {
    if (!(await this.goesOn())) return [];
    const report = await this.upstream.report(ids, this.options.stop);
    if (report.kind === 'answered') {
      this.troubles = 0;
      countAnswer(this.tally, ids, report.answer);
      return report.answer.verdicts;
    }
    if (report.kind === 'refused' && ids.length > 1) {
      const middle = Math.ceil(ids.length / 2);
      const first = await this.askParts(ids.slice(0, middle));
      return [...first, ...(await this.askParts(ids.slice(middle)))];
    }
    if (report.kind === 'refused') countRefusal(this.tally, ids[0] ?? '');
    else if (this.isStopped) this.isCutOff = true;
    else this.fail(ids, report.why);
    return [];
  }

  private async goesOn(): Promise<boolean> {
    if (this.isOver) return false;
    this.isCutOff = this.isStopped || !(await this.options.mayGoOn());
    return !this.isCutOff;
  }

  private get isStopped(): boolean {
    return this.options.stop?.aborted === true;
  }

  private fail(ids: string[], why: string): void {
    countFailure(this.tally, ids);
    this.trouble();
    this.logger.warn({
      message: 'The upstream did not answer; the next run asks again',
      ids: ids.length,
      why,
    });
  }

  private trouble(): void {
    this.troubles += 1;
    this.tally.gaveUp = this.troubles >= PATIENCE;
  }
}
