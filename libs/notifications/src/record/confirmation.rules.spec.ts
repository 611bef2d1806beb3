import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { decide, record } from './confirmation.rules.js';
import type { Decision, Policy } from './confirmation.rules.js';
import type { ReturnHistory, SubmissionHistory } from '../returns/return.history.js';
import { statusOf } from '../returns/return.status.js';
import { STATUSES } from '../terms/entries.js';
import type { StatusEntry } from '../terms/entries.js';

const taxReturnId = '00000000-0000-4000-8000-000000000001';
const day = 86_400_000;
const policy: Policy = {
  SUBMITTED_NOTICE: 'on-confirmation',
  SUBMISSION_ERROR_AFTER: 1,
  SUBMISSION_ERROR_WITHIN: day,
};

describe('what a failure makes due', () => {
  it('is a mail at once for a validation error, stage pre', () => {
    const world = aReturn({});
    expect(mailsOf(world.say({ status: 'error_xml' }))).toEqual([
      { template: 'submission-error', stage: 'pre', occurrence: 's1.1', delay: 0 },
    ]);
  });

  it('is a mail at the n-th failure of an episode, and a day after the last one before that', () => {
    const world = aReturn({ policy: { ...policy, SUBMISSION_ERROR_AFTER: 3 } });
    const delays = [1, 2, 3].map(() => mailsOf(world.say({ status: 'error_mef' }))[0]?.delay);
    expect(delays).toEqual([day, day, 0]);
  });

  it('is a mail of its own in a new episode, after the error was resolved', () => {
    const world = aReturn({});
    world.say({ status: 'error_mef' });
    expect(mailsOf(world.say({ status: 'error_resolved' }))).toMatchObject([
      { template: 'error-resolved', occurrence: 's1.1' },
    ]);
    expect(mailsOf(world.say({ status: 'error_mef' }))).toMatchObject([
      { template: 'submission-error', occurrence: 's1.2' },
    ]);
  });

  it('opens a submission when the return has none that is still undecided', () => {
    const world = aReturn({ submissions: [] });
    const decision = world.say({ status: 'error_xml', submissionId: undefined });
    expect(decision).toMatchObject({ outcome: 'applied', opens: true });
  });

  it('goes to nobody when its submission id is unknown', () => {
    const world = aReturn({ submissions: [aSubmission('s1', null)] });
    expect(world.say({ status: 'error_mef', submissionId: 'X' })).toMatchObject({
      outcome: 'parked',
      reason: 'unknown-submission',
    });
  });
});

describe('whom a repair is told', () => {
  it('is a return whose newest submission has an open failure', () => {
    const world = aReturn({ submissions: [aSubmission('s1', 'A', 1), aSubmission('s2', 'B', 2)] });
    world.say({ status: 'error_mef', submissionId: 'A' });
    expect(world.say({ status: 'error_resolved', submissionId: undefined })).toMatchObject({
      outcome: 'refused',
      reason: 'no-open-failure',
    });
    expect(world.say({ status: 'error_resolved', submissionId: 'A' })).toMatchObject({
      outcome: 'refused',
      reason: 'not-newest',
    });
    world.say({ status: 'error_mef', submissionId: 'B' });
    expect(world.say({ status: 'error_resolved', submissionId: undefined })).toMatchObject({
      outcome: 'applied',
    });
  });

  it('is nobody whose return is accepted', () => {
    const world = aReturn({});
    world.say({ status: 'error_mef' });
    world.say({ status: 'accepted' });
    expect(world.say({ status: 'error_resolved' })).toMatchObject({
      outcome: 'refused',
      reason: 'already-accepted',
    });
  });

  it('is told once: a repeated repair is a duplicate', () => {
    const world = aReturn({});
    world.say({ status: 'error_mef' });
    world.say({ status: 'error_resolved' });
    expect(world.say({ status: 'error_resolved' })).toMatchObject({ outcome: 'duplicate' });
  });
});

describe('acceptance and rejection', () => {
  it('accepts after a rejection, and drops a rejection after an acceptance', () => {
    const world = aReturn({});
    expect(mailsOf(world.say({ status: 'rejected' }))).toMatchObject([{ template: 'rejected' }]);
    expect(mailsOf(world.say({ status: 'accepted' }))).toMatchObject([{ template: 'accepted' }]);
    expect(aReturnAccepted().say({ status: 'rejected' })).toMatchObject({
      outcome: 'refused',
      reason: 'accepted-beats-rejected',
    });
  });

  it('needs the submission id', () => {
    expect(aReturn({}).say({ status: 'accepted', submissionId: undefined })).toMatchObject({
      outcome: 'refused',
    });
  });

  it('is refused when the submission belongs to another return than the message says', () => {
    const decision = decide(
      { entry: { taxReturnId: '0', submissionId: 'A', status: 'accepted' }, source: 'x' },
      aReturn({}).history,
      policy,
      () => 'new',
    );
    expect(decision).toMatchObject({ outcome: 'refused', reason: 'other-return' });
  });
});

describe('a confirmation', () => {
  it('gives its id to the newest submission when that has none', () => {
    const world = aReturn({ submissions: [aSubmission('s1', null, 1), aSubmission('s2', null, 2)] });
    expect(world.say({ status: 'submitted', submissionId: 'X' })).toMatchObject({
      outcome: 'applied',
      adopts: true,
      submission: { id: 's2' },
    });
  });

  it('never takes an older submission for the newest, whatever its id', () => {
    const world = aReturn({ submissions: [aSubmission('s1', null, 1), aSubmission('s2', 'B', 2)] });
    expect(world.say({ status: 'submitted', submissionId: 'X' })).toMatchObject({ outcome: 'parked' });
  });

  it('mails nobody when the policy says off', () => {
    const world = aReturn({ policy: { ...policy, SUBMITTED_NOTICE: 'off' } });
    expect(mailsOf(world.say({ status: 'submitted' }))).toEqual([]);
  });

  it('keeps the first receipt', () => {
    const world = aReturn({});
    world.say({ status: 'submitted', receiptId: 'R1' });
    expect(world.say({ status: 'submitted', receiptId: 'R2' })).toMatchObject({ outcome: 'duplicate' });
    expect(world.history.submissions[0]?.receiptId).toBe('R1');
  });
});

describe('for every history', () => {
  const entries = fc.array(
    fc.record({ status: fc.constantFrom(...STATUSES), submissionId: fc.constantFrom('A', 'B', undefined) }),
    { maxLength: 25 },
  );

  it('asks for each mail at most once, however often each entry comes', () => {
    fc.assert(
      fc.property(entries, (said) => {
        const world = aReturn({ submissions: [aSubmission('s1', 'A', 1), aSubmission('s2', 'B', 2)] });
        const decisions = said.map((entry) => world.say(entry));
        const due = decisions.flatMap(mailsOf).filter(({ template }) => template !== 'submission-error');
        expect(new Set(due.map(({ template, occurrence }) => `${template}/${occurrence}`)).size).toBe(
          due.length,
        );
        const again = said.flatMap((entry, index) =>
          decisions[index]?.outcome === 'applied' ? [world.repeat(entry, index)] : [],
        );
        expect(again.flatMap(mailsOf)).toEqual([]);
      }),
    );
  });

  it('ends in the same status whatever the order of receipts, acceptances and rejections', () => {
    const finals = fc.array(
      fc.record({
        status: fc.constantFrom('submitted' as const, 'accepted' as const, 'rejected' as const),
        submissionId: fc.constantFrom('A', 'B'),
      }),
    );
    fc.assert(
      fc.property(
        finals.chain((said) =>
          fc.tuple(fc.constant(said), fc.shuffledSubarray(said, { minLength: said.length })),
        ),
        ([said, shuffled]) => {
          const statuses = [said, shuffled].map((order) => {
            const world = aReturn({ submissions: [aSubmission('s1', 'A', 1), aSubmission('s2', 'B', 2)] });
            for (const entry of order) world.say(entry);
            const status = statusOf(world.history);
            return [status?.status, status?.editable];
          });
          expect(statuses[0]).toEqual(statuses[1]);
        },
      ),
    );
  });

  it('tells each open failure in its episode', () => {
    fc.assert(
      fc.property(entries, (said) => {
        const world = aReturn({ submissions: [aSubmission('s1', 'A')] });
        for (const entry of said) {
          const decision = world.say({ ...entry, submissionId: 'A' });
          const isFailure = entry.status === 'error_xml' || entry.status === 'error_mef';
          if (isFailure) expect(mailsOf(decision)).toMatchObject([{ template: 'submission-error' }]);
        }
      }),
    );
  });
});

/** A return that entries are said to, one after the other, as the service would apply them. */
function aReturn({
  submissions = [aSubmission('s1', 'A')],
  policy: rules = policy,
}: {
  submissions?: SubmissionHistory[];
  policy?: Policy;
}) {
  const history: ReturnHistory = { taxReturnId, submissions };
  const hear = (entry: StatusEntry, source: string): Decision => {
    const decision = decide({ entry, source }, history, rules, () => 'new');
    if (decision.outcome === 'applied') record(decision, entry, source, history);
    return decision;
  };
  let said = 0;
  const whole = (entry: Partial<StatusEntry> & { status: StatusEntry['status'] }): StatusEntry => ({
    taxReturnId,
    submissionId: 'A',
    ...entry,
  });
  return {
    history,
    say: (entry: Partial<StatusEntry> & { status: StatusEntry['status'] }) =>
      hear(whole(entry), `queue/${said++}`),
    /** The same delivery again. */
    repeat: (entry: Partial<StatusEntry> & { status: StatusEntry['status'] }, index: number) =>
      hear(whole(entry), `queue/${index}`),
  };
}

function aReturnAccepted() {
  const world = aReturn({});
  world.say({ status: 'accepted' });
  return world;
}

function aSubmission(id: string, submissionId: string | null, created = 1): SubmissionHistory {
  return {
    id,
    submissionId,
    receiptId: null,
    submissionReceivedAt: null,
    createdAt: new Date(created),
    events: [],
  };
}

function mailsOf(decision: Decision) {
  return decision.outcome === 'applied' ? decision.due : [];
}
