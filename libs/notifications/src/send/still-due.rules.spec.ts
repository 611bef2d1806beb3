import { describe, expect, it } from 'vitest';
import type { SubmissionEventType } from '#libs/platform/index.js';
import type { ReturnHistory } from '../returns/return.history.js';
import { TEMPLATES } from '../terms/mail.kinds.js';
import { whyNotDue } from './still-due.rules.js';
import type { DueNotification } from './still-due.rules.js';

const now = new Date('2026-03-01T12:00:00Z');

describe('when its turn comes, a mail is withheld', () => {
  it.each([
    ['submission-error', 's1.1', ['error_mef', 'error_resolved'], 'superseded-by-resolution'],
    ['submission-error', 's1.1', ['error_mef', 'accepted'], 'superseded-by-acceptance'],
    ['error-resolved', 's1.1', ['error_mef', 'error_resolved', 'accepted'], 'superseded-by-acceptance'],
    ['submitted', 's1', ['submitted', 'rejected'], 'superseded-by-rejection'],
    ['submitted', 's1', ['submitted', 'accepted'], 'superseded-by-acceptance'],
    ['rejected', 's1', ['rejected', 'accepted'], 'superseded-by-acceptance'],
    ['reminder-submit', 'campaign', ['processing', 'submitted'], 'superseded-by-submission'],
    ['reminder-resubmit', 'campaign', ['rejected', 'accepted'], 'superseded-by-acceptance'],
  ] as const)('%s (%s) after %j: %s', (template, occurrence, events, reason) => {
    expect(whyNotDue(aMail({ template, occurrence }), aHistory(...events), now)).toBe(reason);
  });

  it('whatever it is, once its last moment has passed and nothing took its place', () => {
    const notAfter = new Date(now.getTime() - 1);
    for (const template of TEMPLATES)
      expect(whyNotDue(aMail({ template, notAfter }), nobody, now)).toBe('too-late');
  });
});

describe('what a person overruled is not asked, and all else is', () => {
  const both = { template: 'rejected', notAfter: new Date(now.getTime() - 1) } as const;
  it.each([
    [[], 'superseded-by-acceptance'],
    [['suppressed'], 'superseded-by-acceptance'],
    [['too-late'], 'superseded-by-acceptance'],
    [['superseded'], 'too-late'],
    [['superseded', 'too-late'], undefined],
  ])('%j of a mail that is too late and no longer true: %s', (overruled, reason) => {
    expect(whyNotDue(aMail({ ...both, overruled }), aHistory('rejected', 'accepted'), now)).toBe(reason);
  });
});

describe('a mail is still due', () => {
  it('whatever happened, when a caller asked for it by name', () => {
    for (const template of ['submitted', 'rejected', 'submission-error', 'error-resolved'])
      expect(whyNotDue(aMail({ template, isAsked: true }), aHistory('accepted'), now)).toBeUndefined();
  });

  it.each([
    ['submission-error', 's1.2', ['error_mef', 'error_resolved', 'error_mef']],
    ['error-resolved', 's1.1', ['error_mef', 'error_resolved']],
    ['accepted', 's1', ['rejected', 'accepted']],
    ['rejected', 's1', ['submitted', 'rejected']],
    ['reminder-resubmit', 'campaign', ['submitted', 'rejected']],
    ['reminder-submit', 'campaign', ['error_xml']],
    ['reminder-state', 'ma', ['submitted', 'accepted']],
  ] as const)('%s (%s) after %j', (template, occurrence, events) => {
    expect(whyNotDue(aMail({ template, occurrence }), aHistory(...events), now)).toBeUndefined();
  });

  it('when the return is not known here at all', () => {
    for (const template of TEMPLATES) expect(whyNotDue(aMail({ template }), nobody, now)).toBeUndefined();
  });
});

/** A return that is not known here. */
const nobody: ReturnHistory = { taxReturnId: 'r', submissions: [] };

function aMail(members: Partial<DueNotification>): DueNotification {
  return {
    template: 'accepted',
    occurrence: 's1',
    submissionUuid: 's1',
    notAfter: null,
    isAsked: false,
    overruled: [],
    ...members,
  };
}

function aHistory(...types: SubmissionEventType[]): ReturnHistory {
  const events = types.map((type, index) => ({ type, source: String(index), recordedAt: now }));
  return {
    taxReturnId: 'r',
    submissions: [
      { id: 's1', submissionId: 'A', receiptId: null, submissionReceivedAt: null, createdAt: now, events },
    ],
  };
}
