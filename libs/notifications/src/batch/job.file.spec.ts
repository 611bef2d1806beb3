import { describe, expect, it } from 'vitest';
import { ListRefused } from './batch.refused.js';
import { readJob } from './job.file.js';

const ID = '0b5c9d2e-7a41-4f0e-9a63-1d2e3f405162';
const OTHER = ID.replace('0', '1');

const job = (key: string, payload: object) => JSON.stringify({ key, payload });
/** The job with its rows, which are read one by one. */
const rowsIn = (text: string) => {
  const { rows, ...asked } = readJob(text);
  return { ...asked, rows: [...rows] };
};
const reminder = (category: string, more: object = { ids: [ID] }) =>
  job('reminder_email', { reminder_category_key: category, ...more });

describe('a job file', () => {
  it('says whom an error is resolved for, id by id', () => {
    expect(rowsIn(job('technical_error_resolved', { ids: [ID, 'none', OTHER] }))).toEqual({
      action: 'error-resolved',
      rows: [
        { row: 1, subject: ID, isMalformed: false },
        { row: 2, subject: 'none', isMalformed: true },
        { row: 3, subject: OTHER, isMalformed: false },
      ],
    });
  });

  it.each([
    ['submit', { action: 'reminder-submit' }],
    ['resubmit', { action: 'reminder-resubmit' }],
    ['accepted', { action: 'accepted' }],
    ['rejected', { action: 'rejected' }],
    ['submitted', { action: 'submitted' }],
    ['technical_error', { action: 'error-mef' }],
    ['pre_submission_error', { action: 'error-xml' }],
    ['error_resolved', { action: 'error-resolved' }],
    ['ma', { action: 'reminder-state', topic: 'MA' }],
    ['me', { action: 'reminder-state', topic: 'ME' }],
  ])('reminds by category: %s', (category, asked) => {
    expect(rowsIn(reminder(category))).toMatchObject({ ...asked, rows: [{ row: 1, subject: ID }] });
  });

  it('reminds all who began within some days and never submitted, the last day whole', () => {
    const days = { startDate: '2025-02-27', endDate: '2025-02-28' };
    expect(rowsIn(reminder('submit', days))).toEqual({
      action: 'reminder-submit',
      rows: [],
      unsubmitted: { from: '2025-02-27T00:00:00.000Z', to: '2025-03-01T00:00:00.000Z' },
    });
  });

  it('confirms submissions, each with its receipt', () => {
    const file = job('publish_submission_confirmations', {
      taxReturnSubmissionReceiptInformations: [
        { taxReturnId: ID, submissionId: 'S-1', receiptId: 'R-1' },
        { submissionId: 'S-2', receiptId: null },
        {},
      ],
    });
    expect(rowsIn(file)).toEqual({
      action: 'submission-confirmations',
      rows: [
        { row: 1, subject: 'S-1', receiptId: 'R-1', isMalformed: false },
        { row: 2, subject: 'S-2', receiptId: undefined, isMalformed: true },
        { row: 3, subject: '', isMalformed: true },
      ],
    });
  });

  it.each([
    ['no JSON', '{"key":', 'unreadable'],
    ['no object', '[]', 'unreadable'],
    ['without a key', '{"payload":{}}', 'unreadable'],
    ['a job of nobody here', job('rebuild_the_world', {}), 'unknown-job'],
    ['without ids', job('technical_error_resolved', {}), 'unreadable'],
    ['ids that are no list', job('technical_error_resolved', { ids: 'all' }), 'unreadable'],
    ['a category of nobody here', reminder('birthday'), 'unknown-job'],
    ['a state that has none of this', reminder('zz'), 'unknown-job'],
    [
      'days of another calendar',
      reminder('submit', { startDate: '2025-02-30', endDate: '2025-03-01' }),
      'unreadable',
    ],
    ['days in words', reminder('submit', { startDate: 'today', endDate: 'today' }), 'unreadable'],
    ['neither ids nor days', reminder('submit', {}), 'unreadable'],
  ])('that cannot be done is refused: %s', (_, text, reason) => {
    const refused = refusalOf(text);
    expect(refused.reason).toBe(reason);
    expect(refused.message).not.toContain('birthday');
  });
});

function refusalOf(text: string): ListRefused {
  try {
    readJob(text);
  } catch (error) {
    if (error instanceof ListRefused) return error;
    throw error;
  }
  throw new Error('it was read');
}
