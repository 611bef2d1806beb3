import { describe, expect, it } from 'vitest';
import type { SubmissionEventType } from '#libs/platform/index.js';
import type { BatchAction } from './batch.actions.js';
import { eligibilityOf } from './batch.rules.js';
import type { RowFacts } from './batch.rules.js';

const policy = {
  SUBMITTED_NOTICE: 'on-confirmation',
  SUBMISSION_ERROR_AFTER: 1,
  SUBMISSION_ERROR_WITHIN: 0,
} as const;

const REACHED = { isAsked: false, hasAddress: true, isSuppressed: false };

/** A return on which this happened, in order; without events it was never submitted. */
function known(events: SubmissionEventType[], more: Partial<RowFacts> = {}): RowFacts {
  const submission = {
    id: 's1',
    submissionId: 'S-1',
    receiptId: null,
    submissionReceivedAt: null,
    createdAt: new Date(0),
    events: events.map((type, index) => ({ type, source: `e${index}`, recordedAt: new Date(index) })),
  };
  return {
    history: { taxReturnId: 'r1', submissions: events.length > 0 ? [submission] : [] },
    ...REACHED,
    ...more,
  };
}

function outcomeOf(action: BatchAction, facts: RowFacts): string {
  const status = action === 'submission-confirmations' ? 'submitted' : 'error_resolved';
  const entry =
    status === 'submitted'
      ? ({ submissionId: 'S-1', status, receiptId: 'R-1' } as const)
      : ({ taxReturnId: 'r1', status } as const);
  const { outcome, reason } = eligibilityOf(action, facts, entry, policy);
  return reason === undefined ? outcome : `${outcome}: ${reason}`;
}

const NO_ADDRESS = { hasAddress: false };
const SUPPRESSED = { isSuppressed: true };
const ASKED = { isAsked: true };

describe('a row of a batch', () => {
  it.each<[BatchAction, SubmissionEventType[], Partial<RowFacts>, string]>([
    ['error-resolved', ['processing', 'error_mef'], {}, 'ready'],
    ['error-resolved', ['processing', 'error_xml'], {}, 'ready'],
    [
      'error-resolved',
      ['processing', 'error_mef', 'error_resolved'],
      {},
      'already-told: already-error-resolved',
    ],
    ['error-resolved', ['processing', 'error_mef', 'error_resolved', 'error_mef'], {}, 'ready'],
    ['error-resolved', ['processing'], {}, 'not-affected: no-open-failure'],
    ['error-resolved', ['processing', 'error_mef', 'accepted'], {}, 'accepted'],
    ['error-resolved', ['processing', 'error_mef'], SUPPRESSED, 'suppressed'],
    ['error-resolved', ['processing', 'error_mef'], NO_ADDRESS, 'no-address'],
    ['error-resolved', ['processing', 'error_mef'], { ...NO_ADDRESS, ...SUPPRESSED }, 'no-address'],
    ['submission-confirmations', ['processing'], {}, 'ready'],
    ['submission-confirmations', ['processing', 'submitted'], {}, 'already-told: already-submitted'],
    ['reminder-submit', [], {}, 'ready'],
    ['reminder-submit', ['processing'], {}, 'not-affected: superseded-by-submission'],
    ['reminder-submit', ['processing', 'accepted'], {}, 'accepted'],
    ['reminder-submit', [], ASKED, 'already-told'],
    ['reminder-submit', [], { ...ASKED, ...NO_ADDRESS }, 'already-told'],
    ['reminder-submit', ['processing'], ASKED, 'not-affected: superseded-by-submission'],
    ['reminder-submit', [], NO_ADDRESS, 'no-address'],
    ['reminder-submit', [], SUPPRESSED, 'suppressed'],
    ['reminder-resubmit', [], {}, 'not-affected: no-submission'],
    ['reminder-resubmit', ['processing', 'rejected'], {}, 'ready'],
    ['reminder-resubmit', ['processing', 'rejected', 'accepted'], {}, 'accepted'],
    ['reminder-state', ['processing', 'accepted'], {}, 'ready'],
    ['non-completion-survey', [], {}, 'ready'],
    ['non-completion-survey', ['processing'], {}, 'not-affected: superseded-by-submission'],
    ['accepted', ['processing', 'accepted'], {}, 'ready'],
    ['accepted', ['processing', 'rejected'], {}, 'not-affected: other-status'],
    ['rejected', ['processing', 'rejected'], {}, 'ready'],
    ['submitted', ['processing', 'submitted'], {}, 'ready'],
    ['submitted', [], {}, 'not-affected: other-status'],
    ['error-mef', ['processing', 'error_mef'], {}, 'ready'],
    ['error-xml', ['processing', 'error_mef'], {}, 'not-affected: other-status'],
  ])('of %s, after %j and with %j, stands as %s', (action, events, more, expected) => {
    expect(outcomeOf(action, known(events, more))).toBe(expected);
  });
});
