import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  isDuplicate,
  isRemediated,
  ActionRefused,
  RemediationService,
  StandingService,
  SweepService,
} from '#libs/notifications/index.js';
import { PrismaService } from '#libs/platform/index.js';
import type { BackupStatus } from '#libs/platform/index.js';
import { STANDINGS, standingOf, whereStanding } from '../../libs/notifications/src/standing/told.js';
import { factsOfDelivery } from '../../libs/notifications/src/standing/standing.service.js';
import { eventually } from '../support/eventually.js';
import { aName, aReturn } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { sesBounce, sesDelivery } from '../support/ses.js';
import { Stack } from '../support/stack.js';
import { factsOf, write } from '../support/submission.histories.js';
import type { GeneratedSubmission } from '../support/submission.histories.js';
import { arrivedFor, mailIn, say } from './mails.js';

/** The cases over which systems of this kind have stumbled, each through HTTP and at a fixed instant as far as that can be. */

/** What is heard of a submission, or done for it. */
type News =
  | { receiptId: string }
  | { backup: { id: string; status?: BackupStatus } }
  | { says: string }
  | { remediated: boolean | 'duplicate' }
  | 'taken back';

const day = 86_400_000;
const now = new Date('2026-05-03T12:00:00Z');
const toldBox = 3 * day;
const scopes = ['success', 'in-process', 'failure', 'remediated', 'duplicate'] as const;

let stack: Stack;
let standings: StandingService;
let prisma: PrismaService;
beforeAll(async () => {
  stack = await Stack.start('standing-checklist');
  standings = stack.app.get(StandingService);
  prisma = stack.app.get(PrismaService);
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
    expect(await standingNow(await aSubmission(age, news))).toBe(standing);
  });

  it('stands in exactly one place, whatever of it is on record and what is not', async () => {
    const all = everyHistory();
    await write(stack, now, all);
    const lists = await Promise.all(STANDINGS.map(async (place) => ({ place, ids: await idsIn(place) })));
    for (const one of all) {
      const places = lists.filter(({ ids }) => ids.has(one.id)).map(({ place }) => place);
      expect([one, places]).toEqual([one, [standings.delivered(factsOf(one, now), now)]]);
    }
  });

  it('is no failure while the backup path is undecided: not listed, not counted, and not in its own answer', async () => {
    const at = new Date();
    const { failure } = (await standings.audit(at)).delivered;
    const id = await aSubmission(10 * day, [undecided], at);
    const { body } = await stack.api('GET', `/v1/submissions/${id}`);
    expect([await standingNow(id, at), body.delivered]).toEqual(['in-process', 'in-process']);
    expect((await standings.audit(at)).delivered.failure).toBe(failure);
  });

  it('is judged by the remediation that was written later when two are of one instant', async () => {
    const remediations = [remediation(0, true), remediation(0, false)];
    const [vain, good] = [history({ remediations }), history({ remediations: remediations.toReversed() })];
    await write(stack, now, [vain, good]);
    expect([await standingNow(vain.id), await standingNow(good.id)]).toEqual(['failure', 'success']);
  });

  it('is judged by the latest remediation, in whichever order they were written', async () => {
    const remediations = [remediation(1, false), remediation(2, true)];
    const [one, other] = [history({ remediations }), history({ remediations: remediations.toReversed() })];
    await write(stack, now, [one, other]);
    expect([await standingNow(one.id), await standingNow(other.id)]).toEqual(['failure', 'failure']);
  });

  it('is no duplicate anywhere once that was taken back: there is one mark of it', async () => {
    const before = (await standings.audit(now)).remediations;
    const id = await aSubmission(4 * day, [{ remediated: 'duplicate' }]);
    expect([...(await scopesOf(id)), (await standings.audit(now)).remediations]).toEqual([
      'success',
      'remediated',
      'duplicate',
      { remediated: before.remediated + 1, duplicate: before.duplicate + 1 },
    ]);
    await hear(id, 'taken back');
    expect([...(await scopesOf(id)), (await standings.audit(now)).remediations]).toEqual(['failure', before]);
    expect(await remediationsOf(id)).toMatchObject([{ success: false, ignored_as_duplicate: false }]);
  });
});

describe('a remediation', () => {
  it.each([
    ['with a blank context', { context: ' \n' }, '/context'],
    ['with nothing said at all', {}, '/context'],
    [
      'as a duplicate that is no success',
      { context: 'c', success: false, ignoredAsDuplicate: true },
      '/ignored',
    ],
  ])('is refused %s, and nothing is written', async (_what, body, pointer) => {
    const id = await aSubmission(4 * day);
    const answer = await stack.api('POST', `/v1/submissions/${id}/remediations`, body);
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([422, expect.stringContaining(pointer)]);
    expect([await standingNow(id), await remediationsOf(id)]).toEqual(['failure', []]);
  });

  it('is not taken back with a blank context: it stays a success and no line is appended', async () => {
    const id = await aSubmission(4 * day, [{ remediated: true }]);
    const [made] = await remediationsOf(id);
    const lines = await linesOf(id);
    const path = `/v1/remediations/${made?.id}/unsuccessful`;
    for (const body of [{ context: ' ' }, {}]) expect((await stack.api('POST', path, body)).status).toBe(422);
    const blank = { actor: 'a test', reason: 'a test', context: ' ' };
    const service = stack.app.get(RemediationService);
    expect(() => service.markAsUnsuccessful(made?.id ?? '', blank)).toThrow(ActionRefused);
    expect([await standingNow(id), await linesOf(id)]).toEqual(['success', lines]);
  });

  it('has the time of each line of its life, and a later line alters none before it', async () => {
    const id = await aSubmission(4 * day);
    const begun = new Date();
    await hear(id, { remediated: true });
    const [first, ...none] = await linesOf(id);
    await hear(id, 'taken back');
    const [still, second, ...more] = await linesOf(id);
    expect([none, still, more]).toEqual([[], first, []]);
    const times = [begun, first?.at, second?.at, new Date()].map(Number);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('names who made it and where to look it up, and one list makes it once', async () => {
    const id = await aSubmission(4 * day);
    const list = { ids: [id], context: 'sent on paper', evidence: 'OPS-1' };
    await stack.api('POST', '/v1/remediations', list);
    await stack.api('POST', '/v1/remediations', list);
    expect(await remediationsOf(id)).toMatchObject([{ actor: 'API_KEY', evidence: 'OPS-1', success: true }]);
    await expect(
      stack.sql('INSERT INTO remediations (id, submission_uuid) VALUES (gen_random_uuid(), $1)', [id]),
    ).rejects.toThrow('"actor"');
  });
});

describe('telling a taxpayer, by the function and by SQL alike,', () => {
  it('leaves the submission as lost as it was: waiting, handed over or come back', async () => {
    const { owner, id } = await aLostReturn();
    await stack.api('POST', '/v1/pauses', { template: 'submission-error', reason: 'a test' });
    await say(stack, owner, 'error_mef');
    const { id: mail } = await mailIn(stack, owner, 'submission-error', 'queued');
    expect([await told(mail), await standingNow(id)]).toEqual(['in-process', 'failure']);
    await stack.api('DELETE', '/v1/pauses/submission-error', { reason: 'a test' });
    await mailIn(stack, owner, 'submission-error', 'handed_over');
    expect([await told(mail), await standingNow(id)]).toEqual(['success', 'failure']);
    await stack.api('POST', '/v1/receipts', sesBounce({ id: mail, email: owner.email }));
    expect([await told(mail), await standingNow(id)]).toEqual(['failure', 'failure']);
    expect(await remediationsOf(id)).toEqual([]);
  });

  it('is done once although nobody knows how the first try ended, and writes nothing of the submission', async () => {
    const { owner, id } = await aLostReturn();
    stack.mailbox.drop({ at: 'after-data', to: owner.email, keep: true });
    const message = { ...owner, status: 'error_mef' };
    const key = { 'idempotency-key': randomUUID() };
    await report(message, key);
    const { id: mail } = await mailIn(stack, owner, 'submission-error', 'unknown');
    await stack.sql('DELETE FROM idempotent_calls');
    await report(message, key);
    await stack.app.get(SweepService).sweep();
    await stack.idle();
    expect(arrivedFor(stack, owner)).toHaveLength(1);
    expect([await told(mail), await standingNow(id), await remediationsOf(id)]).toEqual([
      'failure',
      'failure',
      [],
    ]);
  });

  it('is a failure, and counted, when it was given up', async () => {
    const before = (await standings.audit()).told;
    const owner = await aReturn(stack);
    stack.mailbox.answer({ at: 'rcpt', to: owner.email, code: 550, times: 1 });
    await say(stack, owner, 'rejected');
    const { id } = await mailIn(stack, owner, 'rejected', 'failed');
    expect(await told(id)).toBe('failure');
    expect((await standings.audit()).told).toEqual({
      ...before,
      failure: before.failure + 1,
      total: before.total + 1,
    });
  });

  it('is a success, but not confirmed, while nothing comes back; confirmed by a delivery; undone by a bounce', async () => {
    const owner = await aReturn(stack);
    await say(stack, owner, 'rejected');
    const { id } = await mailIn(stack, owner, 'rejected', 'handed_over');
    const confirmedAt = async () =>
      (await stack.api<{ deliveredAt: string | null }>('GET', `/v1/notifications/${id}`)).body.deliveredAt;
    expect([await told(id), await confirmedAt()]).toEqual(['success', null]);
    await stack.api('POST', '/v1/receipts', sesDelivery({ id, email: owner.email }));
    expect([await told(id), await confirmedAt()]).toEqual(['success', expect.stringMatching(/Z$/)]);
    await stack.api('POST', '/v1/receipts', sesBounce({ id, email: owner.email }));
    expect([await told(id), await confirmedAt()]).toEqual(['failure', null]);
  });
});

describe('a list of failures', () => {
  it('is without a submission that becomes a success while it is built', async () => {
    const [mended, lost] = [await aSubmission(4 * day), await aSubmission(4 * day)];
    const session = await stack.session();
    try {
      await session.query('BEGIN');
      await session.query('LOCK TABLE remediations IN ACCESS EXCLUSIVE MODE');
      const list = idsIn('failure');
      await eventually(isAnybodyWaiting, { because: 'the list, under way' });
      await session.query(`UPDATE submissions SET receipt_id = 'R1' WHERE id = $1`, [mended]);
      await session.query('COMMIT');
      const ids = await list;
      expect([ids.has(mended), ids.has(lost)]).toEqual([false, true]);
    } finally {
      session.release(true);
    }
  });

  it('is without a mail that is told while somebody turns its pages', async () => {
    const owners = [await aReturn(stack), await aReturn(stack)];
    for (const { email } of owners) stack.mailbox.answer({ at: 'rcpt', to: email, code: 550, times: 1 });
    const mails = [];
    for (const owner of owners) {
      await say(stack, owner, 'rejected');
      mails.push(await mailIn(stack, owner, 'rejected', 'failed'));
    }
    const [older, newer] = mails;
    const page = (path: string) =>
      stack.api<{ items: { id: string }[]; next: string | null }>('GET', path).then(({ body }) => body);
    const first = await page('/v1/notifications?standing=failure&template=rejected&limit=1');
    expect(first.items).toMatchObject([{ id: newer?.id }]);
    await stack.api('POST', `/v1/notifications/${older?.id}/resend`, { reason: 'mended' });
    await stack.idle();
    expect((await page(first.next ?? '')).items.map(({ id }) => id)).not.toContain(older?.id);
  });

  it('is part of a report whose counts add up to the totals, and names failures only', async () => {
    await aSubmission(0);
    const { id } = await aLostReturn();
    const { body } = await stack.api<Report>('GET', '/v1/audit');
    for (const { success, 'in-process': inProcess, failure, total } of [body.delivered, body.told])
      expect(success + inProcess + failure).toBe(total);
    expect(body.delivered.total).toBe(await prisma.submission.count());
    expect(body.told.total).toBe(await prisma.notification.count());
    const named = body.oldestFailures.map((one) => one.id);
    expect(named.length).toBeGreaterThan(0);
    const failures = await idsIn('failure', new Date(body.at));
    expect(named.filter((one) => !failures.has(one))).toEqual([]);
    expect(body.delivered.failure).toBe(failures.size);
    await hear(id, { receiptId: 'R1' });
    const after = await stack.api<Report>('GET', '/v1/audit');
    expect(after.body.delivered.failure).toBe(body.delivered.failure - 1);
  });
});

interface Report {
  at: string;
  delivered: Counts;
  told: Counts;
  oldestFailures: { id: string }[];
}

type Counts = Record<'success' | 'in-process' | 'failure' | 'total', number>;

/** Registered over HTTP, as old as given at an instant; then the news, in their order. @returns our id. */
async function aSubmission(age: number, news: News[] = [], at = now): Promise<string> {
  const owner = aName();
  await stack.api('PUT', `/v1/tax-returns/${owner.taxReturnId}`, { userId: owner.userId });
  const createdAt = new Date(at.getTime() - age).toISOString();
  await put(owner.taxReturnId, { submissionId: owner.submissionId, createdAt });
  const { body } = await stack.api<{ id: string }>('GET', `/v1/submissions/${owner.submissionId}`);
  for (const one of news) await hear(body.id, one);
  return body.id;
}

/** A return with an address, whose submission nothing took in forty days. */
async function aLostReturn(): Promise<{ owner: MadeReturn; id: string }> {
  const owner = await aReturn(stack);
  await put(owner.taxReturnId, { createdAt: new Date(now.getTime() - 40 * day).toISOString() });
  const { body } = await stack.api<{ id: string }>('GET', `/v1/submissions/${owner.submissionId}`);
  return { owner, id: body.id };
}

async function hear(id: string, news: News): Promise<void> {
  const { body } = await stack.api<{ taxReturnId: string; submissionId: string }>(
    'GET',
    `/v1/submissions/${id}`,
  );
  if (news === 'taken back') {
    const made = (await remediationsOf(id)).at(-1);
    await stack.api('POST', `/v1/remediations/${made?.id}/unsuccessful`, { context: 'it came back' });
  } else if ('says' in news) {
    await report({ ...body, status: news.says });
  } else if ('remediated' in news) {
    const { remediated: kind } = news;
    const made = {
      context: 'sent on paper',
      success: kind !== false,
      ignoredAsDuplicate: kind === 'duplicate',
    };
    await stack.api('POST', `/v1/submissions/${id}/remediations`, made);
  } else {
    // Each submission has an id of its own there.
    const told = 'backup' in news ? { backup: { ...news.backup, id: `B-${id}` } } : news;
    await put(body.taxReturnId, told);
  }
}

async function put(taxReturnId: string, body: object): Promise<void> {
  const { status } = await stack.api('PUT', `/v1/tax-returns/${taxReturnId}/submissions/s1`, body);
  expect(status).toBe(200);
}

async function report(
  {
    taxReturnId,
    submissionId,
    status,
  }: Pick<MadeReturn, 'taxReturnId' | 'submissionId'> & { status: string },
  headers = {},
): Promise<void> {
  const failure = status.startsWith('error_') ? { failure: { category: 'processing' } } : {};
  const message = { taxReturnId, submissionId, status, ...failure };
  expect((await stack.api('POST', '/v1/submission-status', message, headers)).status).toBe(202);
}

/** Where a submission stands. Fails where the function and the scopes do not say the same. */
async function standingNow(id: string, at = now): Promise<string> {
  const facts = await prisma.submission.findUniqueOrThrow({ where: { id }, select: factsOfDelivery });
  const standing = standings.delivered(facts, at);
  expect(await scopesOf(id, at)).toEqual([
    standing,
    ...(isRemediated(facts) ? ['remediated'] : []),
    ...(isDuplicate(facts) ? ['duplicate'] : []),
  ]);
  return standing;
}

async function scopesOf(id: string, at = now): Promise<string[]> {
  const found = await Promise.all(
    scopes.map(async (scope) => ((await idsIn(scope, at)).has(id) ? scope : [])),
  );
  return found.flat();
}

async function idsIn(scope: (typeof scopes)[number], at = now): Promise<Set<string>> {
  return new Set((await standings.list(scope, 100_000, at)).map(({ id }) => id));
}

/** Whether a mail told its taxpayer. Fails where the function and the conditions of SQL do not say the same. */
async function told(id: string): Promise<string> {
  const at = new Date();
  const standing = standingOf(await prisma.notification.findUniqueOrThrow({ where: { id } }), at, toldBox);
  for (const one of STANDINGS)
    expect([
      one,
      await prisma.notification.count({ where: { id, AND: whereStanding(one, at, toldBox) } }),
    ]).toEqual([one, Number(one === standing)]);
  return standing;
}

function remediationsOf(id: string) {
  return stack.sql<{ id: string; success: boolean; ignored_as_duplicate: boolean; actor: string }>(
    'SELECT * FROM remediations WHERE submission_uuid = $1 ORDER BY sequence',
    [id],
  );
}

/** The lines of the lives of its remediations. */
function linesOf(id: string) {
  return stack.sql<{ at: Date; context: string }>(
    `SELECT n.* FROM remediation_notes n JOIN remediations r ON r.id = n.remediation_id
     WHERE r.submission_uuid = $1 ORDER BY n.sequence`,
    [id],
  );
}

async function isAnybodyWaiting(): Promise<boolean> {
  const waiting = await stack.sql(
    `SELECT 1 FROM pg_locks JOIN pg_class c ON c.oid = relation WHERE relname = 'remediations' AND NOT granted`,
  );
  return waiting.length > 0;
}

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
