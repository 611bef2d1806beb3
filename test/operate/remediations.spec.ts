import { readFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { StandingService, SweepService } from '#libs/notifications/index.js';
import { aLostReturn, aName, aReturn, register, submitted } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';

interface Remediation {
  id: string;
  success: boolean;
  ignoredAsDuplicate: boolean;
  actor: string;
  evidence: string | null;
  notes: { at: string; actor: string; context: string }[];
}

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('remediations');
});

describe('a remediation', () => {
  it('makes a lost submission one that arrived, with who, when, why and where to look it up', async () => {
    const lost = await aLostReturn(stack);
    expect(await deliveredOf(lost)).toBe('failure');
    const { status, body } = await remediate(lost, {
      context: 'sent on paper, says ana@example.com',
      evidence: 'OPS-1',
      reason: 'the relay was down',
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      success: true,
      ignoredAsDuplicate: false,
      actor: 'API_KEY',
      evidence: 'OPS-1',
      notes: [{ actor: 'API_KEY', context: 'sent on paper, says [address]' }],
    });
    expect(await deliveredOf(lost)).toBe('success');
    const { items } = await trailOf('submission', await uuidOf(lost));
    expect(items).toMatchObject([
      {
        action: 'remediate',
        actor: 'API_KEY',
        reason: 'the relay was down',
        before: { delivered: 'failure' },
        after: { delivered: 'success', remediation: body.id },
      },
    ]);
  });

  it('is taken back with a note, and the notes before stay', async () => {
    const lost = await aLostReturn(stack);
    const { body: made } = await remediate(lost, { context: 'sent on paper', ignoredAsDuplicate: true });
    const { body } = await takeBack(made.id, 'the paper came back');
    expect(body).toMatchObject({ success: false, ignoredAsDuplicate: false });
    expect(body.notes).toEqual([
      ...made.notes,
      { at: expect.stringMatching(/Z$/), actor: 'API_KEY', context: 'the paper came back' },
    ]);
    expect(await deliveredOf(lost)).toBe('failure');
    expect((await trailOf('remediation', made.id)).items).toMatchObject([
      { action: 'mark-unsuccessful', before: { success: true }, after: { success: false } },
    ]);
    expect((await takeBack(made.id, 'once more')).status).toBe(409);
    expect((await takeBack(randomUUID(), 'another')).status).toBe(404);
  });

  it('is made once by a call that is repeated with its Idempotency-Key', async () => {
    const lost = await aLostReturn(stack);
    const key = { 'idempotency-key': randomUUID() };
    const [first, again] = [
      await remediate(lost, { context: 'c' }, key),
      await remediate(lost, { context: 'c' }, key),
    ];
    expect(again.body.id).toBe(first.body.id);
  });

  it('is made, and taken back, once by a call that is repeated after its answer was lost', async () => {
    const lost = await aLostReturn(stack);
    const key = { 'idempotency-key': randomUUID() };
    const forgotten = () => stack.sql('DELETE FROM idempotent_calls');
    const { body: made } = await remediate(lost, { context: 'c' }, key);
    await forgotten();
    expect((await remediate(lost, { context: 'c' }, key)).body).toEqual(made);
    expect((await trailOf('submission', await uuidOf(lost))).items).toHaveLength(1);
    await forgotten();
    expect((await remediate(lost, { context: 'another act' }, key)).body.id).not.toBe(made.id);

    const { body: marked } = await takeBack(made.id, 'it came back', key);
    await forgotten();
    const again = await takeBack(made.id, 'it came back', key);
    expect([again.status, again.body]).toEqual([200, marked]);
    expect((await trailOf('remediation', made.id)).items).toHaveLength(1);
    await forgotten();
    expect((await takeBack(made.id, 'another act', key)).status).toBe(409);
  });

  it.each([
    ['a note be changed', `UPDATE remediation_notes SET context = 'another'`, 'append-only'],
    ['a note be deleted', 'DELETE FROM remediation_notes', 'append-only'],
    [
      'a note be blank',
      `INSERT INTO remediation_notes (remediation_id, actor, context) SELECT id, 'a', ' ' FROM remediations`,
      'not_blank',
    ],
    ['its actor be changed', `UPDATE remediations SET actor = 'another'`, 'append-only'],
    ['it be deleted', 'DELETE FROM remediations', 'append-only'],
    ['it become a success again', 'UPDATE remediations SET success = true WHERE NOT success', 'append-only'],
    [
      'a duplicate be no success',
      `INSERT INTO remediations (id, submission_uuid, success, ignored_as_duplicate, actor) SELECT gen_random_uuid(), id, false, true, 'a' FROM submissions LIMIT 1`,
      'a_duplicate_is_a_success',
    ],
    [
      'the backup path have a status without an id',
      `UPDATE submissions SET backup_id = NULL, backup_status = 'accepted'`,
      'has_an_id',
    ],
  ])('is in a database that does not let %s', async (_what, sql, why) => {
    const { body } = await remediate(await aLostReturn(stack), { context: 'sent on paper' });
    await takeBack(body.id, 'the paper came back');
    await expect(stack.sql(sql)).rejects.toThrow(why);
  });

  it('is made by nobody but a person: not by messages, mails, the sweep or a repeated mail', async () => {
    const owner = await aReturn(stack);
    await stack.put('confirmation', submitted(owner));
    await report(owner, 'rejected');
    await stack.idle();
    await stack.app.get(SweepService).sweep();
    expect(
      await stack.sql('SELECT 1 FROM remediations WHERE submission_uuid = $1', [await uuidOf(owner)]),
    ).toEqual([]);
  });
});

describe('the two axes', () => {
  it('do not mix: a remediation tells nobody', async () => {
    const lost = await aLostReturn(stack, { email: null });
    await report(lost, 'error_mef');
    await stack.idle();
    const before = await stack.app.get(StandingService).audit();
    await remediate(lost, { context: 'sent on paper' });
    const after = await stack.app.get(StandingService).audit();
    expect(after.told).toEqual(before.told);
    expect(after.delivered.failure).toBe(before.delivered.failure - 1);
  });
});

describe('the backup path', () => {
  it('is believed although its word comes after its box, and keeps what it accepted', async () => {
    const lost = await aLostReturn(stack);
    const path = `/v1/tax-returns/${lost.taxReturnId}/submissions/s1`;
    await stack.api('PUT', path, { backup: { id: 'B1' } });
    expect(await deliveredOf(lost)).toBe('failure');
    await stack.api('PUT', path, { backup: { id: 'B1', status: 'accepted' } });
    expect(await deliveredOf(lost)).toBe('success');
    await stack.api('PUT', path, { backup: { id: 'B1', status: 'rejected' } });
    expect(await deliveredOf(lost)).toBe('success');
    expect((await stack.api('PUT', path, { backup: { id: 'B2' } })).status).toBe(409);
  });

  it('has a submission under an id that no other one is given, nor will be where two had one before', async () => {
    const [one, other, late] = [await aReturn(stack), await aReturn(stack), await aReturn(stack)];
    const pathOf = ({ taxReturnId }: MadeReturn) => `/v1/tax-returns/${taxReturnId}/submissions/s1`;
    const put = (owner: MadeReturn, id: string) => stack.api('PUT', pathOf(owner), { backup: { id } });
    const both = await Promise.all([put(one, 'once'), put(other, 'once')]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    await expect(
      stack.sql(`UPDATE submissions SET backup_id = 'once' WHERE tax_return_id = $1`, [late.taxReturnId]),
    ).rejects.toThrow('submissions_backup_id_once_idx');
    // As a database was before, and as the migrations that are applied at the next start leave it.
    await stack.sql('ALTER TABLE submissions DROP COLUMN backup_id_repeated');
    await stack.sql(`UPDATE submissions SET backup_id = 'twice' WHERE tax_return_id = ANY($1)`, [
      [one.taxReturnId, other.taxReturnId],
    ]);
    for (const name of [
      '20261130124300_backup_id_repeated',
      '20261130124400_backup_ids_given_twice',
      '20261130124500_backup_id_once',
    ])
      await stack.sql(await readFile(`prisma/migrations/${name}/migration.sql`, 'utf8'));
    const rows = await stack.sql(
      `SELECT backup_id_repeated AS repeated FROM submissions WHERE backup_id = 'twice' ORDER BY created_at, id`,
    );
    expect(rows).toEqual([{ repeated: false }, { repeated: true }]);
    expect((await put(one, 'twice')).status).toBe(200);
    expect((await put(other, 'twice')).status).toBe(200);
    expect((await put(late, 'twice')).status).toBe(409);
  });
});

describe('duplicates of one person', () => {
  it('are found by user id and tax year, never by address, and marked in one action', async () => {
    const kept = await aReturn(stack);
    await stack.put('confirmation', submitted(kept));
    await stack.idle();
    const person = { userId: kept.userId, email: kept.email };
    const lost = [await aLostReturn(stack, {}, person), await aLostReturn(stack, {}, person)];
    const young = { ...aName(), ...person };
    await register(stack, young);
    const nextYear = await aLostReturn(stack, { taxYear: 2026 }, person);
    const sameAddress = await aLostReturn(stack, {}, { email: kept.email });

    const path = `/v1/submissions/${kept.submissionId}/duplicates`;
    const found = await stack.api<{ items: { submissionId: string; delivered: string }[] }>('GET', path);
    expect(found.body.items.map(({ submissionId, delivered }) => [submissionId, delivered])).toEqual([
      ...lost.map(({ submissionId }) => [submissionId, 'failure']),
      [young.submissionId, 'in-process'],
    ]);

    const marked = await stack.api<{ remediations: Remediation[] }>('POST', path, { context: 'sent thrice' });
    expect(marked.body.remediations).toMatchObject(
      lost.map(() => ({ success: true, ignoredAsDuplicate: true, actor: 'API_KEY' })),
    );
    expect(await Promise.all([...lost, young, nextYear, sameAddress].map(deliveredOf))).toEqual([
      'success',
      'success',
      'in-process',
      'failure',
      'failure',
    ]);
    expect((await trailOf('submission', await uuidOf(lost[0] ?? kept))).items).toMatchObject([
      { action: 'mark-duplicate' },
    ]);
    const again = await stack.api('POST', path, { context: 'once more' });
    expect(again.body).toEqual({ remediations: [] });
  });

  it('are not marked for one that did not reach the authority itself', async () => {
    const lost = await aLostReturn(stack);
    const other = await aLostReturn(stack, {}, { userId: lost.userId });
    const path = `/v1/submissions/${lost.submissionId}/duplicates`;
    expect((await stack.api('POST', path, { context: 'c' })).status).toBe(409);
    await remediate(lost, { context: 'a duplicate', ignoredAsDuplicate: true });
    expect((await stack.api('POST', path, { context: 'c' })).status).toBe(409);
    expect(await deliveredOf(other)).toBe('failure');
  });
});

describe('a list of what was mended elsewhere', () => {
  it('says what it would do, does it, and does it once however often it is sent', async () => {
    const lost = [await aLostReturn(stack), await aLostReturn(stack)];
    const list = {
      ids: [...lost.map(({ submissionId }) => submissionId), 'nobody'],
      context: 'sent on paper',
      evidence: 'paper-1',
    };
    const send = async (more: object) =>
      (await stack.api<{ outcomes: object }>('POST', '/v1/remediations', { ...list, ...more })).body.outcomes;
    expect(await send({ dryRun: true })).toEqual({ remediated: 2, known: 0, unknown: 1 });
    expect(await Promise.all(lost.map(deliveredOf))).toEqual(['failure', 'failure']);
    expect(await send({})).toEqual({ remediated: 2, known: 0, unknown: 1 });
    expect(await Promise.all(lost.map(deliveredOf))).toEqual(['success', 'success']);
    expect(await send({})).toEqual({ remediated: 0, known: 2, unknown: 1 });
    expect(await send({ evidence: 'paper-2' })).toEqual({ remediated: 2, known: 0, unknown: 1 });
  });
});

describe('the timeline of a tax return', () => {
  it('has events, mails, conversations, remediations, notes and what people did, in order', async () => {
    const owner = await aReturn(stack);
    await report(owner, 'error_mef');
    await stack.idle();
    const { body: made } = await remediate(owner, { context: 'sent on paper' });
    await takeBack(made.id, 'the paper came back');
    const { body } = await stack.api<{ items: { at: string; kind: string }[] }>(
      'GET',
      `/v1/tax-returns/${owner.taxReturnId}/timeline`,
    );
    expect(body.items.map(({ kind }) => kind)).toEqual([
      'event',
      'event',
      'notification',
      'delivery',
      'remediation',
      'note',
      'action',
      'note',
      'action',
    ]);
    const times = body.items.map(({ at }) => at);
    expect(times).toEqual(times.toSorted());
    expect((await stack.api('GET', `/v1/tax-returns/${randomUUID()}/timeline`)).status).toBe(404);
  });
});

describe('the audit over HTTP', () => {
  it('names failures only, the oldest first', async () => {
    const lost = await aLostReturn(stack);
    const { body } = await stack.api<{ oldestFailures: { submissionId: string; createdAt: string }[] }>(
      'GET',
      '/v1/audit',
    );
    expect(body.oldestFailures.map(({ submissionId }) => submissionId)).toContain(lost.submissionId);
    const times = body.oldestFailures.map(({ createdAt }) => createdAt);
    expect(times).toEqual(times.toSorted());
    await remediate(lost, { context: 'sent on paper' });
    const after = await stack.api<typeof body>('GET', '/v1/audit');
    expect(after.body.oldestFailures.map(({ submissionId }) => submissionId)).not.toContain(
      lost.submissionId,
    );
  });

  it('leads through the whole trail, each entry once', async () => {
    const sequences: string[] = [];
    let path: string | null = '/v1/audit/trail?limit=2';
    while (path) {
      const page: { items: { sequence: string }[]; next: string | null } = (
        await stack.api<{ items: { sequence: string }[]; next: string | null }>('GET', path)
      ).body;
      sequences.push(...page.items.map(({ sequence }) => sequence));
      path = page.next;
    }
    const rows = await stack.sql<{ sequence: string }>(
      'SELECT sequence::text FROM audit_trail ORDER BY audit_trail.sequence DESC',
    );
    expect(sequences).toEqual(rows.map(({ sequence }) => sequence));
  });
});

function remediate({ submissionId }: MadeReturn, body: object, headers = {}) {
  return stack.api<Remediation>('POST', `/v1/submissions/${submissionId}/remediations`, body, headers);
}

function takeBack(id: string, context: string, headers?: Record<string, string>) {
  return stack.api<Remediation>('POST', `/v1/remediations/${id}/unsuccessful`, { context }, headers);
}

function report({ taxReturnId, submissionId }: MadeReturn, status: string) {
  const failure = status === 'error_mef' ? { failure: { category: 'processing' } } : {};
  return stack.api('POST', '/v1/submission-status', { taxReturnId, submissionId, status, ...failure });
}

async function deliveredOf({ submissionId }: MadeReturn): Promise<string> {
  return (await stack.api<{ delivered: string }>('GET', `/v1/submissions/${submissionId}`)).body.delivered;
}

async function uuidOf({ submissionId }: MadeReturn): Promise<string> {
  return (await stack.api<{ id: string }>('GET', `/v1/submissions/${submissionId}`)).body.id;
}

async function trailOf(kind: string, target: string) {
  return (await stack.api<{ items: object[] }>('GET', `/v1/audit/trail?kind=${kind}&target=${target}`)).body;
}
