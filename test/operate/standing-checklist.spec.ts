import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { ActionRefused, RemediationService, SweepService } from '#libs/notifications/index.js';
import { PrismaService } from '#libs/platform/index.js';
import { STANDINGS, standingOf, whereStanding } from '../../libs/notifications/src/standing/told.js';
import { eventually } from '../support/eventually.js';
import { aReturn } from '../support/make.js';
import { sesBounce, sesDelivery } from '../support/ses.js';
import { Stack } from '../support/stack.js';
import { arrivedFor, mailIn, say } from './mails.js';
import { day, Submissions } from './submissions.js';

/** The cases over which systems of this kind have stumbled, beside where a submission stands. */

const toldBox = 3 * day;

let stack: Stack;
let submissions: Submissions;
let prisma: PrismaService;
beforeAll(async () => {
  stack = await Stack.start('standing-checklist');
  submissions = new Submissions(stack);
  prisma = stack.app.get(PrismaService);
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
    const id = await submissions.make(4 * day);
    const answer = await stack.api('POST', `/v1/submissions/${id}/remediations`, body);
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([422, expect.stringContaining(pointer)]);
    expect([await submissions.standingNow(id), await submissions.remediationsOf(id)]).toEqual([
      'failure',
      [],
    ]);
  });

  it('is not taken back with a blank context: it stays a success and no line is appended', async () => {
    const id = await submissions.make(4 * day, [{ remediated: true }]);
    const [made] = await submissions.remediationsOf(id);
    const lines = await submissions.linesOf(id);
    const path = `/v1/remediations/${made?.id}/unsuccessful`;
    for (const body of [{ context: ' ' }, {}]) expect((await stack.api('POST', path, body)).status).toBe(422);
    const blank = { actor: 'a test', reason: 'a test', context: ' ' };
    const service = stack.app.get(RemediationService);
    expect(() => service.markAsUnsuccessful(made?.id ?? '', blank)).toThrow(ActionRefused);
    expect([await submissions.standingNow(id), await submissions.linesOf(id)]).toEqual(['success', lines]);
  });

  it('has the time of each line of its life, and a later line alters none before it', async () => {
    const id = await submissions.make(4 * day);
    const begun = new Date();
    await submissions.hear(id, { remediated: true });
    const [first, ...none] = await submissions.linesOf(id);
    await submissions.hear(id, 'taken back');
    const [still, second, ...more] = await submissions.linesOf(id);
    expect([none, still, more]).toEqual([[], first, []]);
    const times = [begun, first?.at, second?.at, new Date()].map(Number);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('names who made it and where to look it up, and one list makes it once', async () => {
    const id = await submissions.make(4 * day);
    const list = { ids: [id], context: 'sent on paper', evidence: 'OPS-1' };
    await stack.api('POST', '/v1/remediations', list);
    await stack.api('POST', '/v1/remediations', list);
    expect(await submissions.remediationsOf(id)).toMatchObject([
      { actor: 'API_KEY', evidence: 'OPS-1', success: true },
    ]);
    await expect(
      stack.sql('INSERT INTO remediations (id, submission_uuid) VALUES (gen_random_uuid(), $1)', [id]),
    ).rejects.toThrow('"actor"');
  });
});

describe('telling a taxpayer, by the function and by SQL alike,', () => {
  it('leaves the submission as lost as it was: waiting, handed over or come back', async () => {
    const { owner, id } = await submissions.makeLost();
    await stack.api('POST', '/v1/pauses', { template: 'submission-error', reason: 'a test' });
    await say(stack, owner, 'error_mef');
    const { id: mail } = await mailIn(stack, owner, 'submission-error', 'queued');
    expect([await told(mail), await submissions.standingNow(id)]).toEqual(['in-process', 'failure']);
    await stack.api('DELETE', '/v1/pauses/submission-error', { reason: 'a test' });
    await mailIn(stack, owner, 'submission-error', 'handed_over');
    expect([await told(mail), await submissions.standingNow(id)]).toEqual(['success', 'failure']);
    await stack.api('POST', '/v1/receipts', sesBounce({ id: mail, email: owner.email }));
    expect([await told(mail), await submissions.standingNow(id)]).toEqual(['failure', 'failure']);
    expect(await submissions.remediationsOf(id)).toEqual([]);
  });

  it('is done once although nobody knows how the first try ended, and writes nothing of the submission', async () => {
    const { owner, id } = await submissions.makeLost();
    stack.mailbox.drop({ at: 'after-data', to: owner.email, keep: true });
    const message = { ...owner, status: 'error_mef' };
    const key = { 'idempotency-key': randomUUID() };
    await submissions.report(message, key);
    const { id: mail } = await mailIn(stack, owner, 'submission-error', 'unknown');
    await stack.sql('DELETE FROM idempotent_calls');
    await submissions.report(message, key);
    await stack.app.get(SweepService).sweep();
    await stack.idle();
    expect(arrivedFor(stack, owner)).toHaveLength(1);
    expect([
      await told(mail),
      await submissions.standingNow(id),
      await submissions.remediationsOf(id),
    ]).toEqual(['failure', 'failure', []]);
  });

  it('is a failure, and counted, when it was given up', async () => {
    const before = (await submissions.standings.audit()).told;
    const owner = await aReturn(stack);
    stack.mailbox.answer({ at: 'rcpt', to: owner.email, code: 550, times: 1 });
    await say(stack, owner, 'rejected');
    const { id } = await mailIn(stack, owner, 'rejected', 'failed');
    expect(await told(id)).toBe('failure');
    expect((await submissions.standings.audit()).told).toEqual({
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
    const [mended, lost] = [await submissions.make(4 * day), await submissions.make(4 * day)];
    const session = await stack.session();
    try {
      await session.query('BEGIN');
      await session.query('LOCK TABLE remediations IN ACCESS EXCLUSIVE MODE');
      const list = submissions.idsIn('failure');
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
    await submissions.make(0);
    const { id } = await submissions.makeLost();
    const { body } = await stack.api<Report>('GET', '/v1/audit');
    for (const { success, 'in-process': inProcess, failure, total } of [body.delivered, body.told])
      expect(success + inProcess + failure).toBe(total);
    expect(body.delivered.total).toBe(await prisma.submission.count());
    expect(body.told.total).toBe(await prisma.notification.count());
    const named = body.oldestFailures.map((one) => one.id);
    expect(named.length).toBeGreaterThan(0);
    const failures = await submissions.idsIn('failure', new Date(body.at));
    expect(named.filter((one) => !failures.has(one))).toEqual([]);
    expect(body.delivered.failure).toBe(failures.size);
    await submissions.hear(id, { receiptId: 'R1' });
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

async function isAnybodyWaiting(): Promise<boolean> {
  const waiting = await stack.sql(
    `SELECT 1 FROM pg_locks JOIN pg_class c ON c.oid = relation WHERE relname = 'remediations' AND NOT granted`,
  );
  return waiting.length > 0;
}
