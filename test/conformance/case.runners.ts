import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Run } from './bench.js';
import type { Task, Verdict } from './case.runner.js';

/** A case that waits for its turn. */
export interface Queued {
  file: string;
  name: string;
  /** What is wrong with its form: then it does not run. */
  problems: string[];
  /** A measure of how long it takes. */
  size: number;
}

const AT_ONCE = Math.min(2, availableParallelism());
/** A case that takes longer than this is stuck. */
const CASE_WITHIN = 15 * 60_000;
/** Reasons of a failing case that are printed. */
const REASONS = 3;

/** The processes that run cases, side by side. */
export class CaseRunners {
  readonly #runners = new Set<CaseRunner>();
  #isOver = false;

  /**
   * Gives each runner the next case when it is free, the largest first, and tells the verdicts in the order of the cases.
   * @returns how many failed.
   */
  async share(queued: Queued[], run: Run, tell: (line: string) => void): Promise<number> {
    const verdicts = new Map<Queued, Verdict>();
    let told = 0;
    const conclude = (one: Queued, verdict: Verdict): void => {
      verdicts.set(one, verdict);
      for (let next = queued[told]; next && verdicts.has(next); next = queued[told]) {
        tell(lineOf(next.name, verdicts.get(next) ?? []));
        told += 1;
      }
    };
    for (const one of queued) if (one.problems.length > 0) conclude(one, one.problems);
    const rest = queued
      .filter(({ problems }) => problems.length === 0)
      .sort((a, b) => b.size - a.size)
      .values();
    const workOff = async (): Promise<void> => {
      let runner: CaseRunner | undefined;
      for (const one of rest) {
        if (this.#isOver) return;
        if (!runner || runner.hasEnded) this.#runners.add((runner = new CaseRunner(run)));
        conclude(one, await runner.work({ run, file: one.file }));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, workOff));
    return [...verdicts.values()].filter((verdict) => verdict.length > 0).length;
  }

  /** Ends them, also in the middle of a case. */
  end(): void {
    this.#isOver = true;
    for (const runner of this.#runners) runner.end();
  }
}

/** A process that runs cases. One that dies or hangs costs its case, not the run. */
class CaseRunner {
  #hasEnded = false;
  readonly #process: ChildProcess;

  constructor(run: Run) {
    const log = openSync(join(run.folder, 'case-runners.log'), 'a');
    this.#process = fork(new URL('./case.runner.js', import.meta.url), {
      execArgv: [...process.execArgv, '--no-warnings'],
      // What the service prints is not part of the result.
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    this.#process.once('exit', () => (this.#hasEnded = true));
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  work(task: Task): Promise<Verdict> {
    return new Promise((resolve) => {
      const conclude = (verdict: Verdict): void => {
        clearTimeout(late);
        this.#process.off('exit', gone).off('message', answered);
        resolve(verdict);
      };
      const answered = (verdict: Verdict): void => conclude(verdict);
      const gone = (code: number | null, signal: string | null): void =>
        conclude([`the process that ran the case ended (${signal ?? `code ${code}`})`]);
      const late = setTimeout(() => {
        this.end();
        conclude([`stopped after ${CASE_WITHIN / 60_000} minutes`]);
      }, CASE_WITHIN);
      this.#process.once('exit', gone).once('message', answered);
      this.#process.send(task);
    });
  }

  end(): void {
    this.#hasEnded = true;
    this.#process.kill('SIGKILL');
  }
}

function lineOf(name: string, reasons: string[]): string {
  if (reasons.length === 0) return `ok  ${name}`;
  const shown = reasons.slice(0, REASONS).map((reason) => reason.replace(/\s+/g, ' ').slice(0, 400));
  const more = reasons.length > REASONS ? ` (and ${reasons.length - REASONS} more)` : '';
  return `FAIL ${name}: ${shown.join('; ')}${more}`;
}
