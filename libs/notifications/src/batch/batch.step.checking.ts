import type { BatchRow } from './batch.entry.js';
import type { Eligibility } from './batch.rules.js';
import type { RowStep } from './batch.steps.js';
import type { WorkingBatch } from './batch.turns.js';

interface Checked extends Eligibility {
  row: number;
  /** The key of what it names: kept where an action for returns keeps the person. */
  person: string | null;
  taxReturnId: string | null;
}

/**
 * How the rows of a step stand.
 * @param before which of these keys stand on the list before its first row.
 */
export async function checkedBy(
  step: RowStep,
  batch: WorkingBatch,
  rows: BatchRow[],
  before: (keys: string[]) => Promise<{ person: string }[]>,
): Promise<Checked[]> {
  const found = await step.look(batch, [...new Set(rows.map(({ subject }) => subject))]);
  const keys = [...new Set([...found.values()].map(({ key }) => key))];
  const seen = new Set((await before(keys)).map(({ person }) => person));
  return rows.map(({ row, subject }) => {
    const looked = found.get(subject);
    if (!looked) return { row, outcome: 'unknown', person: null, taxReturnId: null };
    const { key, taxReturnId, outcome, reason } = looked;
    if (seen.has(key)) return { row, outcome: 'repeated', person: null, taxReturnId };
    seen.add(key);
    return { row, outcome, reason, person: key, taxReturnId };
  });
}
