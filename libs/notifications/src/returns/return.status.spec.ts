import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SubmissionEventType } from '#libs/platform/index.js';
import type { EventFact, ReturnHistory, SubmissionHistory } from './return.history.js';
import { statusOf } from './return.status.js';

const NOTICES: SubmissionEventType[] = ['reminder_submit', 'reminder_resubmit', 'reminder_state'];

const event = (types: SubmissionEventType[]): fc.Arbitrary<EventFact> =>
  fc.record({
    type: fc.constantFrom(...types),
    source: fc.constant('a test'),
    recordedAt: fc.date({ noInvalidDate: true }),
  });

/** Few instants, so that some submissions are of the same. */
const submission: fc.Arbitrary<SubmissionHistory> = fc.record({
  id: fc.uuid(),
  submissionId: fc.option(fc.uuid()),
  receiptId: fc.option(fc.constant('R1')),
  submissionReceivedAt: fc.constant(null),
  createdAt: fc.integer({ min: 1, max: 3 }).map((day) => new Date(Date.UTC(2026, 0, day))),
  events: fc.array(event(Object.values(SubmissionEventType)), { maxLength: 6 }),
});

const history: fc.Arbitrary<ReturnHistory> = fc.record({
  taxReturnId: fc.uuid(),
  submissions: fc.uniqueArray(submission, { selector: ({ id }) => id, minLength: 1, maxLength: 4 }),
});

function holds(promise: (...given: [ReturnHistory]) => void): void {
  fc.assert(fc.property(history, promise), { numRuns: 500 });
}

const isAccepted = ({ submissions }: ReturnHistory) =>
  submissions.some(({ events }) => events.some(({ type }) => type === 'accepted'));

describe('status, editability and exportability of a return', () => {
  it('are never at odds with each other', () => {
    holds((given) => {
      const found = statusOf(given);
      const { status, editable, exportable, counting } = found ?? expect.fail('has no status');
      const mayBeEdited = {
        Accepted: [false],
        Rejected: [true],
        Error: [true],
        Pending: [counting.events.some(({ type }) => type === 'error_resolved'), false],
      };
      expect(mayBeEdited[status]).toContain(editable);
      const isConfirmed = status === 'Pending' && counting.receiptId !== null;
      expect(exportable).toBe(status === 'Accepted' || isConfirmed);
    });
  });

  it('are those of an accepted submission, however old, if there is one', () => {
    holds((given) => {
      expect(statusOf(given)?.status === 'Accepted').toBe(isAccepted(given));
    });
  });

  it('do not depend on the order in which submissions are read', () => {
    fc.assert(
      fc.property(
        history.chain((given) =>
          fc.tuple(
            fc.constant(given),
            fc.shuffledSubarray(given.submissions, { minLength: given.submissions.length }),
          ),
        ),
        ([given, submissions]) => {
          expect(statusOf({ ...given, submissions })).toEqual(statusOf(given));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('do not change by what a taxpayer was reminded of', () => {
    fc.assert(
      fc.property(history, event(NOTICES), fc.nat(), (given, reminder, place) => {
        const before = statusOf(given);
        const submissions = given.submissions.map((one) => ({
          ...one,
          events: one.events.toSpliced(place % (one.events.length + 1), 0, reminder),
        }));
        const { status, editable, exportable } = statusOf({ ...given, submissions }) ?? {};
        expect([status, editable, exportable]).toEqual([
          before?.status,
          before?.editable,
          before?.exportable,
        ]);
      }),
      { numRuns: 500 },
    );
  });
});
