import { Logger } from '@nestjs/common';
import { countAnswer, countFailure, countRefusal, emptyTally } from './poll.tally.js';
import type { Answered, Decided, PollPath } from './poll.path.js';
import type { Upstream } from './upstream.js';

/** Failures in a row after which the upstream is left alone until the next run. */
const PATIENCE = 3;

/** How a run may be ended from outside. */
export interface PollRunOptions {
  stop?: AbortSignal;
  /** Asked before each call: may it go on? */
  mayGoOn: () => Promise<boolean>;
}

const NOTHING = { verdicts: [], heard: [], unheard: [] };

/** One run: asks about batch after batch, and remembers what came of it. Writes nothing. */
export class PollRun<V extends Decided> {
  readonly tally = emptyTally();
  /** It was stopped, or lost its turn: there is more to ask. */
  isCutOff = false;
  private readonly logger = new Logger(PollRun.name);
  private troubles = 0;

  constructor(
    private readonly upstream: Upstream,
    private readonly path: PollPath<V>,
    private readonly options: PollRunOptions,
  ) {}

  get isOver(): boolean {
    return this.isCutOff || this.tally.gaveUp || this.tally.isAbsent;
  }

  /** What the upstream decided of a batch. */
  async ask(batch: string[]): Promise<Answered<V>> {
    if (batch.length === 0) {
      await this.goesOn();
      return NOTHING;
    }
    const { refused } = this.tally;
    const answered = await this.askParts(batch);
    // One id may be bad. Where all are, it is the upstream that is not as it should be.
    if (batch.length > 1 && this.tally.refused - refused === batch.length) this.trouble();
    return answered;
  }

  /** What it refuses is asked in halves, down to the single id, so that one that it cannot take keeps no other from being asked. */
  private async askParts(ids: string[]): Promise<Answered<V>> {
    if (!(await this.goesOn())) return NOTHING;
    const report = await this.upstream.ask(this.path, ids, this.options.stop);
    if (report.kind === 'answered') {
      this.troubles = 0;
      countAnswer(this.tally, ids, report.answer);
      return { verdicts: report.answer.verdicts, heard: ids, unheard: [] };
    }
    if (report.kind === 'refused' && ids.length > 1) {
      const middle = Math.ceil(ids.length / 2);
      const [first, second] = [
        await this.askParts(ids.slice(0, middle)),
        await this.askParts(ids.slice(middle)),
      ];
      return {
        verdicts: [...first.verdicts, ...second.verdicts],
        heard: [...first.heard, ...second.heard],
        unheard: [...first.unheard, ...second.unheard],
      };
    }
    if (report.kind === 'absent') this.tally.isAbsent = true;
    else if (report.kind === 'failed' && this.isStopped) this.isCutOff = true;
    else {
      if (report.kind === 'refused') countRefusal(this.tally, ids[0] ?? '');
      else this.fail(ids, report.why);
      return { verdicts: [], heard: [], unheard: ids };
    }
    return NOTHING;
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
