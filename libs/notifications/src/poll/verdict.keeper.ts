import type { BackupStatus, Transaction } from '#libs/platform/index.js';
import type { Verdict } from './upstream.answer.js';

/** Who writes down what the upstream decided. Facts of returns have one writer, of which this folder knows nothing: it is handed in. */
export abstract class VerdictKeeper {
  /** @returns the status of each submission that was undecided still. */
  abstract decide(tx: Transaction, verdicts: Verdict[]): Promise<BackupStatus[]>;
}
