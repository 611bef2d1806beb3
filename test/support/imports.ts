import { randomUUID } from 'node:crypto';
import { aList, batchNow, countsOf, move, resultsOf, workedHere } from './batches.js';
import type { MadeReturn } from './make.js';
import type { Stack } from './stack.js';

export const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);

/** A day whose time box has ended. */
export const OLD = daysAgo(60);

export const TITLES =
  'submission_id,tax_return_id,receipt_id,backup_submitted_claim_id,aasm_state,created_at';

interface LineOptions {
  receipt?: string;
  backup?: string;
  when?: string;
}

let number = 0;

/** A line about a submission that nobody knows yet. */
export function line(state: string, { receipt = '', backup = '', when = OLD }: LineOptions = {}) {
  const id = `L-${String((number += 1)).padStart(6, '0')}`;
  const taxReturnId = randomUUID();
  return { id, taxReturnId, text: [id, taxReturnId, receipt, backup, state, when].join(',') };
}

/** A line about a submission that is known. */
export function about({ submissionId }: MadeReturn, state: string, receiptId = '', backup = ''): string {
  return [submissionId, '', receiptId, backup, state, OLD].join(',');
}

/** Sends a list as a person would. @returns the id of its batch. */
export function bring(stack: Stack, ...lines: string[]): Promise<string> {
  const ordered = { context: 'export of May', evidence: 'OPS-1' };
  return aList(stack, [TITLES, ...lines].join('\n'), { action: 'import', ordered });
}

/** Brings a list to its end. @returns its counts, and for each line its outcome and reason. */
export async function imported(stack: Stack, ...lines: string[]) {
  const id = await bring(stack, ...lines);
  if ((await workedHere(stack, id)).state === 'validated') await move(stack, id, 'start-batch');
  await workedHere(stack, id);
  const batch = await batchNow(stack, id);
  return { state: batch.state, counts: countsOf(batch), became: await becameOf(stack, id) };
}

/** For each line its outcome and reason. */
export async function becameOf(stack: Stack, id: string): Promise<string[]> {
  return (await resultsOf(stack, id)).map((row) => row.split(',').slice(2, 4).filter(Boolean).join(' '));
}

/** What the outside sees of a submission and its return. */
export async function seen(stack: Stack, id: string) {
  const submission = await stack.api<Record<string, unknown>>('GET', `/v1/submissions/${id}`);
  const { taxReturnId, delivered, receiptId, backup } = submission.body;
  const ofReturn = `/v1/tax-returns/${String(taxReturnId)}`;
  const status = await stack.api<{ status: string }>('GET', `${ofReturn}/status`);
  const may = await stack.api<{ editable: boolean; exportable: boolean }>('GET', `${ofReturn}/eligibility`);
  const { editable, exportable } = may.body;
  return { delivered, receiptId, backup, status: status.body.status, editable, exportable };
}

/** Everything that an import could write. */
export function everything(stack: Stack): Promise<unknown> {
  return stack.sql(
    `SELECT (SELECT json_agg(t ORDER BY t.id) FROM tax_returns t)::text AS returns,
            (SELECT json_agg(s ORDER BY s.id) FROM submissions s)::text AS submissions,
            (SELECT json_agg(e ORDER BY e.sequence) FROM submission_events e)::text AS events,
            (SELECT json_agg(r ORDER BY r.id) FROM remediations r)::text AS remediations,
            (SELECT count(*)::int FROM notifications) AS mails`,
  );
}
