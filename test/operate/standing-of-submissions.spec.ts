import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { STANDINGS } from '../../libs/notifications/src/standing/told.js';
import { Stack } from '../support/stack.js';
import { factsOf, write } from '../support/submission.histories.js';
import type { GeneratedSubmission } from '../support/submission.histories.js';
import { day, now, Submissions } from './submissions.js';
import type { News } from './submissions.js';

/** The cases over which systems of this kind have stumbled, each through HTTP and at a fixed instant. */

let stack: Stack;
let submissions: Submissions;
beforeAll(async () => {
  stack = await Stack.start('standing-of-submissions');
  submissions = new Submissions(stack);
});

describe('a submission, by the function and by the scopes of SQL alike,', () => {
  const undecided = { backup: { id: 'B1' } };
  const accepted = { backup: { id: 'B1', status: 'accepted' } } as const;
  const rejected = { backup: { id: 'B1', status: 'rejected' } } as const;
  const receipt = { receiptId: 'R1' };
  const [failed, repaired] = [{ says: 'error_mef' }, { says: 'error_resolved' }];
  const [mended, inVain] = [{ remediated: true }, { remediated: false }];
  const cases: [string, number, News[], string][] = [
    ['is in process while nothing is heard of it in its box', 0, [], 'in-process'],
    ['is in process until its box ends', 3 * day - 1, [], 'in-process'],
    ['is a failure from the instant at which its box ends', 3 * day, [], 'failure'],
    ['is a failure a second after its box', 3 * day + 1000, [], 'failure'],
    ['is in process although the primary path failed: the backup path is open', day, [failed], 'in-process'],
    ['is in process although validation failed', day, [{ says: 'error_xml' }], 'in-process'],
    ['is a failure when the primary path failed and its box is over', 4 * day, [failed], 'failure'],
    [
      'is a failure although its failure was repaired: that is no receipt',
      4 * day,
      [failed, repaired],
      'failure',
    ],
    ['is a failure as soon as the backup path rejected it', 1, [rejected], 'failure'],
    ['is in process, incomplete, while the backup path works on it', 20 * day, [undecided], 'in-process'],
    ['is in process on the backup path until that box ends', 21 * day - 1, [undecided], 'in-process'],
    ['is a failure when the backup path was silent to the end of its box', 21 * day, [undecided], 'failure'],
    ['is a success when the backup path accepted it', 1, [accepted], 'success'],
    ['is a success when the backup path accepted it, years later too', 900 * day, [accepted], 'success'],
    ['is a success by a receipt alone, however old', 900 * day, [receipt], 'success'],
    [
      'is a success by the word of the authority without a receipt',
      900 * day,
      [{ says: 'submitted' }],
      'success',
    ],
    ['is a success when the authority accepted it', 900 * day, [{ says: 'accepted' }], 'success'],
    [
      'is a success when the authority rejected it, since it had it',
      900 * day,
      [{ says: 'rejected' }],
      'success',
    ],
    ['is a success by its receipt although the backup path rejected it', day, [rejected, receipt], 'success'],
    ['is a success when it was remediated after its box', 4 * day, [mended], 'success'],
    [
      'is a success when it was remediated after the backup path was silent',
      30 * day,
      [undecided, mended],
      'success',
    ],
    [
      'is a success when it was remediated after the backup path rejected it',
      day,
      [rejected, mended],
      'success',
    ],
    ['is in process when its remediation was in vain, in its box', day, [inVain], 'in-process'],
    ['is a failure when its remediation was in vain, after its box', 3 * day, [inVain], 'failure'],
    [
      'is in process again when its remediation was taken back in its box',
      day,
      [mended, 'taken back'],
      'in-process',
    ],
    [
      'is a failure again when its remediation was taken back later',
      4 * day,
      [mended, 'taken back'],
      'failure',
    ],
    ['is a success by its receipt although its remediation was in vain', 1, [receipt, inVain], 'success'],
    [
      'is a success by the backup path although its remediation was in vain',
      4 * day,
      [inVain, accepted],
      'success',
    ],
    ['is a failure when the latest of two remediations was in vain', 4 * day, [mended, inVain], 'failure'],
    ['is a success when the latest of two remediations was none', 4 * day, [inVain, mended], 'success'],
    ['is a success as a duplicate', 4 * day, [{ remediated: 'duplicate' }], 'success'],
    [
      'is no duplicate any more by a later remediation',
      4 * day,
      [{ remediated: 'duplicate' }, mended],
      'success',
    ],
  ];
  it.each(cases)('%s', async (_promise, age, news, standing) => {
    expect(await submissions.standingNow(await submissions.make(age, news))).toBe(standing);
  });

  it('stands in exactly one place, whatever of it is on record and what is not', async () => {
    const all = everyHistory();
    await write(stack, now, all);
    const lists = await Promise.all(
      STANDINGS.map(async (place) => ({ place, ids: await submissions.idsIn(place) })),
    );
    for (const one of all) {
      const places = lists.filter(({ ids }) => ids.has(one.id)).map(({ place }) => place);
      expect([one, places]).toEqual([one, [submissions.standings.delivered(factsOf(one, now), now)]]);
    }
  });

  it('is no failure while the backup path is undecided: not listed, not counted, and not in its own answer', async () => {
    const at = new Date();
    const { failure } = (await submissions.standings.audit(at)).delivered;
    const id = await submissions.make(10 * day, [undecided], at);
    const { body } = await stack.api('GET', `/v1/submissions/${id}`);
    expect([await submissions.standingNow(id, at), body.delivered]).toEqual(['in-process', 'in-process']);
    expect((await submissions.standings.audit(at)).delivered.failure).toBe(failure);
  });

  it('is judged by the remediation that was written later when two are of one instant', async () => {
    const remediations = [remediation(0, true), remediation(0, false)];
    const [vain, good] = [history({ remediations }), history({ remediations: remediations.toReversed() })];
    await write(stack, now, [vain, good]);
    expect([await submissions.standingNow(vain.id), await submissions.standingNow(good.id)]).toEqual([
      'failure',
      'success',
    ]);
  });

  it('is judged by the latest remediation, in whichever order they were written', async () => {
    const remediations = [remediation(1, false), remediation(2, true)];
    const [one, other] = [history({ remediations }), history({ remediations: remediations.toReversed() })];
    await write(stack, now, [one, other]);
    expect([await submissions.standingNow(one.id), await submissions.standingNow(other.id)]).toEqual([
      'failure',
      'failure',
    ]);
  });

  it('is no duplicate anywhere once that was taken back: there is one mark of it', async () => {
    const before = (await submissions.standings.audit(now)).remediations;
    const id = await submissions.make(4 * day, [{ remediated: 'duplicate' }]);
    expect([
      ...(await submissions.scopesOf(id)),
      (await submissions.standings.audit(now)).remediations,
    ]).toEqual([
      'success',
      'remediated',
      'duplicate',
      { remediated: before.remediated + 1, duplicate: before.duplicate + 1 },
    ]);
    await submissions.hear(id, 'taken back');
    expect([
      ...(await submissions.scopesOf(id)),
      (await submissions.standings.audit(now)).remediations,
    ]).toEqual(['failure', before]);
    expect(await submissions.remediationsOf(id)).toMatchObject([
      { success: false, ignored_as_duplicate: false },
    ]);
  });
});

/** Everything that can be on record of a submission with everything else, in each of its ages. */
function everyHistory(): GeneratedSubmission[] {
  const receipts = [null, 'R1'];
  const events: GeneratedSubmission['events'][] = [
    [],
    ['error_mef'],
    ['error_mef', 'error_resolved'],
    ['submitted'],
    ['rejected'],
    ['accepted'],
  ];
  const backups: GeneratedSubmission['backup'][] = [
    null,
    { status: null },
    { status: 'accepted' },
    { status: 'rejected' },
  ];
  const [yes, no] = [remediation(0, true), remediation(0, false)];
  const remediations = [[], [no], [yes], [{ ...yes, ignoredAsDuplicate: true }], [yes, no]];
  return [day, 10 * day, 30 * day].flatMap((age) =>
    receipts.flatMap((receipt) =>
      events.flatMap((types) =>
        backups.flatMap((backup) =>
          remediations.map((made) => history({ age, receipt, events: types, backup, remediations: made })),
        ),
      ),
    ),
  );
}

/** By default nothing took it in four days. */
function history(members: Partial<GeneratedSubmission>): GeneratedSubmission {
  return {
    id: randomUUID(),
    age: 4 * day,
    receipt: null,
    events: [],
    backup: null,
    remediations: [],
    ...members,
  };
}

function remediation(age: number, success: boolean): GeneratedSubmission['remediations'][number] {
  return { age, success, ignoredAsDuplicate: false };
}
