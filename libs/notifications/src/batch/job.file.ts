import { z } from 'zod';
import { readInstant, readJson } from '#libs/platform/index.js';
import { postalCodeOf } from '../terms/state.code.js';
import type { BatchAction } from './batch.actions.js';
import { ListRefused } from './batch.refused.js';
import type { CreatedBetween } from './batch.filter.js';
import { rowOf } from './list.row.js';
import type { ListRow } from './list.row.js';

/** What a job file of Direct File asks for. */
export interface Job {
  action: BatchAction;
  /** The state of a reminder. */
  topic?: string;
  rows: Iterable<ListRow>;
  /** Instead of rows: the returns that nobody has submitted, by when they were begun. */
  unsubmitted?: CreatedBetween;
}

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'is not a day such as 2025-01-31');

const job = z.object({ key: z.string(), payload: z.unknown().optional() });
/** What is no id is a row of its own, and keeps the others from nothing. */
const ids = z.object({ ids: z.array(z.unknown()) });
const reminder = z.object({
  reminder_category_key: z.string(),
  ids: z.array(z.unknown()).nullish(),
  startDate: z.unknown().optional(),
  endDate: z.unknown().optional(),
});
const range = z.object({ startDate: day, endDate: day });
const confirmations = z.object({ taxReturnSubmissionReceiptInformations: z.array(z.unknown()) });
const confirmed = z.object({ submissionId: z.unknown(), receiptId: z.unknown() }).partial();

/** The categories of reminders that are no state. */
const CATEGORIES = new Map<string, BatchAction>(
  Object.entries({
    submit: 'reminder-submit',
    resubmit: 'reminder-resubmit',
    accepted: 'accepted',
    rejected: 'rejected',
    submitted: 'submitted',
    technical_error: 'error-mef',
    pre_submission_error: 'error-xml',
    error_resolved: 'error-resolved',
  }),
);
const STATES = new Set('az ca ct ia il ka me md ma nc nj nm ny or pa wi'.split(' '));

/** @throws ListRefused when it is no job, or one that nobody does here. */
export function readJob(text: string): Job {
  const { key, payload } = read(job, parsed(text), 'It has no key.');
  switch (key) {
    case 'technical_error_resolved':
      return { action: 'error-resolved', rows: rowsOf(read(ids, payload, NO_IDS).ids) };
    case 'reminder_email':
      return remind(read(reminder, payload, 'It names no reminder_category_key, or its ids are no list.'));
    case 'publish_submission_confirmations':
      return {
        action: 'submission-confirmations',
        rows: rowsOfReceipts(
          read(confirmations, payload, 'It has no taxReturnSubmissionReceiptInformations.')
            .taxReturnSubmissionReceiptInformations,
        ),
      };
    default:
      throw new ListRefused(
        'unknown-job',
        'Nobody here does the job that its key names: technical_error_resolved, reminder_email and publish_submission_confirmations are done.',
      );
  }
}

const NO_IDS = 'Its payload has no list of ids.';

function remind(asked: z.infer<typeof reminder>): Job {
  const category = asked.reminder_category_key;
  const action = CATEGORIES.get(category);
  const isRange = (asked.startDate ?? undefined) !== undefined && (asked.endDate ?? undefined) !== undefined;
  if (action === 'reminder-submit' && isRange) {
    const { startDate, endDate } = read(
      range,
      asked,
      'Its startDate and endDate are no days such as 2025-01-31.',
    );
    return { action, rows: [], unsubmitted: { from: instantOf(startDate), to: instantOf(endDate, 1) } };
  }
  if (!asked.ids) throw new ListRefused('unreadable', `This job file cannot be done. ${NO_IDS}`);
  const rows = rowsOf(asked.ids);
  if (action) return { action, rows };
  if (STATES.has(category)) return { action: 'reminder-state', topic: postalCodeOf(category), rows };
  throw new ListRefused(
    'unknown-job',
    'Its reminder_category_key is no category and no state that is known here.',
  );
}

function* rowsOf(subjects: unknown[]): Generator<ListRow> {
  for (const [index, subject] of subjects.entries()) yield rowOf(index + 1, cellOf(subject), 'taxReturnId');
}

function* rowsOfReceipts(items: unknown[]): Generator<ListRow> {
  for (const [index, item] of items.entries()) {
    const { data = {} } = confirmed.safeParse(item);
    yield rowOf(index + 1, cellOf(data.submissionId ?? ''), 'submissionId', cellOf(data.receiptId ?? ''));
  }
}

function cellOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** The beginning of a day, in UTC, whatever the machine's clock says; `later` days on. */
function instantOf(text: string, later = 0): string {
  const begins = readInstant(text);
  if (!begins) throw new ListRefused('unreadable', 'Its startDate or endDate is no day of the calendar.');
  return new Date(begins.getTime() + later * 86_400_000).toISOString();
}

function parsed(text: string): unknown {
  try {
    return readJson(text);
  } catch {
    throw new ListRefused('unreadable', 'This job file is no JSON.');
  }
}

function read<T>(schema: z.ZodType<T>, value: unknown, sentence: string): T {
  const result = schema.safeParse(value);
  if (!result.success) throw new ListRefused('unreadable', `This job file cannot be done. ${sentence}`);
  return result.data;
}
