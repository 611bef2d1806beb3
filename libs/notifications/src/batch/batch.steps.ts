import { Injectable } from '@nestjs/common';
import type { Transaction } from '#libs/platform/index.js';
import type { QueuedRow } from '../send/send.queue.js';
import type { StepName, StepWork } from './batch.actions.js';
import type { BatchRow } from './batch.entry.js';
import type { RowOutcome } from './batch.outcome.js';
import type { Eligibility } from './batch.rules.js';
import type { WorkingBatch } from './batch.turns.js';

/** What a subject is, and how it stands. */
export interface Looked extends Eligibility {
  /** Our own id: two subjects that name one thing are one row and a repetition. */
  key: string;
  /** What a list may call it besides. */
  alias?: string | null;
  taxReturnId: string | null;
}

/** What became of a row. */
export interface Applied {
  row: number;
  outcome: RowOutcome;
  reason?: string;
  notificationId?: string;
}

/** What became of rows, and what is to be queued and heard of after the commit. */
export interface Stepped {
  applied: Applied[];
  mails?: QueuedRow[];
  idsGiven?: string[];
}

/** What a service does for one, for the rows of a list. */
export interface RowStep {
  /** Rows of one transaction. */
  readonly atOnce: number;
  /** How each stands, before anything is done; what is not in it is unknown. Writes nothing. */
  look(batch: WorkingBatch, subjects: string[]): Promise<Map<string, Looked>>;
  /**
   * Readies rows outside of any transaction, where somebody else may have to be asked.
   * @returns what does them, in the transaction that keeps their results: all at once, or, where the database refuses one of them,
   *   each by itself. What was true at the look is asked again there, under lock. In the order of the rows.
   */
  begin(batch: WorkingBatch, rows: BatchRow[]): StepAct | Promise<StepAct>;
}

export type StepAct = (tx: Transaction, some: BatchRow[]) => Promise<Stepped>;

/** The steps, by name. Each tells itself: some of the services stand on a higher floor. */
@Injectable()
export class BatchSteps {
  private readonly steps = new Map<StepName, RowStep>();

  register(name: StepName, step: RowStep): void {
    this.steps.set(name, step);
  }

  of({ step: name }: StepWork): RowStep {
    const step = this.steps.get(name);
    if (!step) throw new Error(`Nothing here does the step ${name}.`);
    return step;
  }
}
