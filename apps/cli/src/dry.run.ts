import { NotDone, note, printJson, printLine } from './terminal.js';

/** What an act would do: in a sentence, and as figures for scripts. */
export interface Foreseen {
  would: string;
  figures?: object;
  /** Why the act, done as far as it goes, would end with 1. */
  butFor?: string;
}

/**
 * A dry run: says what the act would do, and that nothing was done.
 * @param plan asks the service that acts; it throws where the act would.
 * @throws NotDone in the words of the act, where it would be refused.
 */
export async function foresee(plan: () => Promise<Foreseen>, json?: boolean): Promise<void> {
  const { would, figures, butFor } = await unlessRefused(plan, json);
  if (json) printJson({ dryRun: true, would, ...figures });
  else printLine(would);
  note('Nothing was done: this was a dry run.');
  if (butFor !== undefined) throw new NotDone(butFor);
}

/** The answer of a plan. @throws NotDone in the words of the act, and says them as JSON too where that was asked for. */
export async function unlessRefused<Answer>(plan: () => Promise<Answer>, json?: boolean): Promise<Answer> {
  try {
    return await plan();
  } catch (error) {
    if (!(error instanceof NotDone)) throw error;
    if (json) printJson({ dryRun: true, refused: error.message });
    throw new NotDone(`Would be refused: ${error.message}`);
  }
}
