/** States in which a batch holds back its mails that have not begun. */
export const HOLDING_STATES = ['paused', 'stopped'] as const;

const states = HOLDING_STATES.map((state) => `'${state}'`).join(', ');

/** Somebody ended the batch of `table` after this round of it had begun. What a person sent again later goes. */
export function endedWithItsBatch(table: string): string {
  return `(${table}.batch_id IS NOT NULL AND (
  SELECT true FROM batches b WHERE b.id = ${table}.batch_id AND b.state = 'aborted' AND b.ended_at >= ${table}.opened_at LIMIT 1) IS TRUE)`;
}

/** A batch that exists asked for it: one that was looked at, approved, and stops by itself. Any caller may give a mail a label. */
export function isOfABatch(table: string): string {
  return `(${table}.batch_id IS NOT NULL AND (SELECT true FROM batches b WHERE b.id = ${table}.batch_id LIMIT 1) IS TRUE)`;
}

/** The batch of the notification `n` holds it back. A mail that stands alone is not looked up. */
export const HELD_BY_BATCH = `(n.batch_id IS NOT NULL AND (
  SELECT true FROM batches b WHERE b.id = n.batch_id AND b.state IN (${states}) LIMIT 1) IS TRUE)`;
