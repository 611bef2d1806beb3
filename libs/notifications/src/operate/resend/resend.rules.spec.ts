import { describe, expect, it } from 'vitest';
import type { NotificationState, SubmissionEventType } from '#libs/platform/index.js';
import type { ReturnHistory } from '../../returns/return.history.js';
import { judge } from './resend.rules.js';
import type { Overridable, ResendCandidate } from './resend.rules.js';

const now = new Date('2026-03-01T12:00:00Z');

describe('a re-send', () => {
  const states: [NotificationState, string][] = [
    ['failed', 'open-again'],
    ['withheld', 'open-again'],
    ['no_address', 'open-again'],
    ['queued', 'on-its-way'],
    ['sending', 'on-its-way'],
    ['unknown', 'outcome-unknown'],
    ['handed_over', 'already-told'],
  ];
  it.each(states)('of a mail that is %s: %s', (state, verdict) => {
    expect(outcome({ state, standing: state === 'handed_over' ? 'success' : 'failure' })).toBe(verdict);
  });

  it('of a mail that was handed over and came back is a new mail, the next of its re-sends', () => {
    const came = { state: 'handed_over', standing: 'failure', occurrence: 's1.resend-2', newest: 2 } as const;
    expect(judge(candidate(came), history(), { now, source: 'x', override: [] })).toEqual({
      does: 'make-new',
      n: 3,
      overruled: [],
    });
  });

  const members: [string, Partial<ResendCandidate>, string][] = [
    ['it was sent again before', { occurrence: 's1', newest: 1 }, 'replaced'],
    ['nobody gave an address', { hasAddress: false }, 'no-address'],
    [
      'a person told them by other means, and no address is left',
      { state: 'withheld', reason: 'superseded-by-other-means', standing: 'success', hasAddress: false },
      'already-told',
    ],
    ['its address is suppressed', { isSuppressed: true }, 'suppressed'],
    ['its batch is paused', { isHeld: true }, 'held-by-batch'],
    ['its batch is paused, and it waits for that', { isHeld: true, state: 'queued' }, 'held-by-batch'],
    ['its batch is paused, and it may have gone', { isHeld: true, state: 'unknown' }, 'outcome-unknown'],
    ['its last moment has passed', { notAfter: new Date(0) }, 'too-late'],
    ['this very re-send did it before', { sources: ['here'] }, 'nothing-more'],
    ['this very re-send made the newest of it', { newest: 1, sources: ['here'] }, 'nothing-more'],
    ['this very re-send made the newest of another', { newest: 2, sources: ['here'] }, 'replaced'],
  ];
  it.each(members)('is left out: %s', (_why, given, verdict) => {
    expect(outcome(given)).toBe(verdict);
  });

  it('is left out when its mail is no longer true, with the reason that its turn would find', () => {
    const overtaken = judge(candidate({}), history('rejected', 'accepted'), {
      now,
      source: 'x',
      override: [],
    });
    expect(overtaken).toEqual({
      does: 'leave-out',
      why: 'superseded',
      superseded: 'superseded-by-acceptance',
    });
  });

  it('is said to be no longer true rather than suppressed: it needs no other address', () => {
    const both = candidate({ isSuppressed: true });
    expect(judge(both, history('accepted'), { now, source: 'x', override: [] })).toMatchObject({
      why: 'superseded',
    });
  });

  it('overrules what is named, and nothing else', () => {
    const both = { isSuppressed: true, notAfter: new Date(0) };
    expect(outcome(both, ['suppressed'])).toBe('too-late');
    expect(outcome(both, ['too-late'])).toBe('suppressed');
    expect(
      judge(candidate(both), history(), { now, source: 'x', override: ['suppressed', 'too-late'] }),
    ).toEqual({
      does: 'open-again',
      overruled: ['too-late', 'suppressed'],
    });
  });

  it('never overrules what is no opinion: on its way, unknown, nobody to send it to, nothing to send', () => {
    const all: Overridable[] = ['already-told', 'superseded', 'too-late', 'suppressed'];
    expect(outcome({ state: 'queued' }, all)).toBe('on-its-way');
    expect(outcome({ state: 'unknown' }, all)).toBe('outcome-unknown');
    expect(outcome({ hasAddress: false }, all)).toBe('no-address');
    expect(outcome({ state: 'handed_over', standing: 'success', isErased: true }, all)).toBe('erased');
  });
});

function outcome(members: Partial<ResendCandidate>, override: Overridable[] = []): string {
  const verdict = judge(candidate(members), history('rejected'), { now, source: 'here', override });
  return verdict.does === 'leave-out' ? verdict.why : verdict.does;
}

function candidate(members: Partial<ResendCandidate>): ResendCandidate {
  return {
    id: 'n1',
    template: 'rejected',
    occurrence: 's1',
    submissionUuid: 's1',
    notAfter: null,
    isAsked: false,
    state: 'failed',
    reason: null,
    standing: 'failure',
    hasAddress: true,
    isSuppressed: false,
    isHeld: false,
    isErased: false,
    newest: 0,
    sources: ['elsewhere'],
    ...members,
  };
}

function history(...types: SubmissionEventType[]): ReturnHistory {
  const events = types.map((type) => ({ type, source: type, recordedAt: now }));
  const submission = {
    id: 's1',
    submissionId: null,
    receiptId: null,
    submissionReceivedAt: null,
    createdAt: now,
    events,
  };
  return { taxReturnId: 'r1', submissions: [submission] };
}
