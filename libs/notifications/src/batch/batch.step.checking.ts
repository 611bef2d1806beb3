import type { BatchRow } from './batch.entry.js';
import type { Eligibility } from './batch.rules.js';
import type { Looked, RowStep } from './batch.steps.js';
import type { WorkingBatch } from './batch.turns.js';

interface Checked extends Eligibility {
  row: number;
  known?: { taxReturnId: string | null };
}

/**
 * How the rows of a step stand.
 * @param before which of these subjects stand on the list before its first row.
 */
export async function checkedBy(
  step: RowStep,
  batch: WorkingBatch,
  rows: BatchRow[],
  before: (subjects: string[]) => Promise<{ subject: string }[]>,
): Promise<Checked[]> {
  const found = await step.look(batch, [...new Set(rows.map(({ subject }) => subject))]);
  const names = new Set([...found].flatMap(([subject, looked]) => namesOf(subject, looked)));
  const seen = new Set((await before([...names])).map(({ subject }) => subject));
  return rows.map(({ row, subject }) => {
    const looked = found.get(subject);
    if (!looked) return { row, outcome: 'unknown' };
    const { taxReturnId, outcome, reason } = looked;
    const its = namesOf(subject, looked);
    const isRepeated = its.some((name) => seen.has(name));
    for (const name of its) seen.add(name);
    return { row, known: { taxReturnId }, ...(isRepeated ? { outcome: 'repeated' } : { outcome, reason }) };
  });
}

/** All that a list may call it. */
function namesOf(subject: string, { key, alias }: Looked): string[] {
  return [subject, key, ...(alias ? [alias] : [])];
}
