import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KeyService } from '#libs/keys/index.js';
import { PrismaService } from '#libs/platform/index.js';
import { aLostReturn } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';
import { textOf, Visitor } from '../support/visitor.js';
import { aThrice } from './night.js';
import type { Thrice } from './night.js';

let stack: Stack;
let visitor: Visitor;
let person: Thrice;
beforeAll(async () => {
  stack = await Stack.start('submission-pages');
  visitor = await signedIn('operate', 'read');
});
beforeEach(async () => {
  person = await aThrice(stack);
});

/** As the trail names her: with the id of her key. */
const NORA = /^nora \(\w{12}\)$/;

async function signedIn(...scopes: ('operate' | 'read')[]): Promise<Visitor> {
  const { key } = await new KeyService(stack.app.get(PrismaService)).create({ name: 'nora', scopes });
  const one = new Visitor(stack);
  await one.signIn(key);
  return one;
}

/** The page of a submission, under our own id, and what HTTP says of it. */
async function known({ submissionId }: MadeReturn): Promise<{ id: string; page: string; delivered: string }> {
  const { body } = await stack.api<{ id: string; delivered: string }>(
    'GET',
    `/v1/submissions/${submissionId}`,
  );
  return { ...body, page: `/ops/submissions/${body.id}` };
}

async function remediationsOf(owner: MadeReturn) {
  const { id } = await known(owner);
  return stack.sql<{
    success: boolean;
    ignored_as_duplicate: boolean;
    evidence: string | null;
    actor: string;
  }>(
    'SELECT success, ignored_as_duplicate, evidence, actor FROM remediations WHERE submission_uuid = $1 ORDER BY sequence',
    [id],
  );
}

describe('what did not reach the authority', () => {
  it('is counted at the first look with words and what to do, and each of it is found from there', async () => {
    const { body } = await visitor.look('/ops');
    const counted = Number(/([\d,]+) submissions did not reach the authority/.exec(textOf(body))?.[1]);
    const audit = await stack.api<{ delivered: { failure: number } }>('GET', '/v1/audit');
    expect(counted).toBe(audit.body.delivered.failure);
    expect(textOf(body)).toMatch(/did not reach the authority .*The oldest: 40 d.* Now: Open the oldest/);
    expect(body).toContain('href="/ops/submissions"');
    const list = await visitor.read('/ops/submissions');
    expect(list).toContain(person.lost.submissionId);
    expect(list).toContain(person.tried.submissionId);
    expect(list).not.toContain(person.kept.submissionId);
  });

  it('is walked page by page, the oldest first, each once; and is a CSV', async () => {
    await stack.sql(
      `WITH owner AS (INSERT INTO tax_returns (id) VALUES (gen_random_uuid()) RETURNING id)
       INSERT INTO submissions (id, tax_return_id, key, submission_id, created_at)
       SELECT gen_random_uuid(), owner.id, n, 'many-' || n, '2025-01-01' FROM owner, generate_series(101, 620) AS n`,
    );
    const seen: string[] = [];
    let path: string | undefined = '/ops/submissions?scope=failure';
    while (path) {
      const { body } = await visitor.look(path);
      seen.push(...[...body.matchAll(/many-\d+/g)].map(String));
      path = /rel="next" href="([^"]+)"/.exec(body)?.[1]?.replace('&#38;', '&');
    }
    const many = Array.from({ length: 520 }, (_, place) => `many-${place + 101}`);
    expect(seen.toSorted()).toEqual(many);
    const csv = await stack.api<string>('GET', '/v1/submissions.csv?scope=failure');
    const lines = csv.body.trim().split('\r\n');
    expect(lines[0]).toBe('id,taxReturnId,submissionId,createdAt');
    expect(
      lines
        .slice(1, 521)
        .map((line) => line.split(',')[2])
        .toSorted(),
    ).toEqual(many);
    expect(csv.body).toContain(person.lost.submissionId);
    await stack.sql(`DELETE FROM submissions WHERE submission_id LIKE 'many-%'`);
  });

  it('is refused in a scope that there is not, so that a wrong one never becomes all', async () => {
    expect((await visitor.look('/ops/submissions?scope=success')).status).toBe(422);
    expect((await stack.api('GET', '/v1/submissions.csv?scope=all')).status).toBe(422);
  });
});

describe('the page of a submission', () => {
  it('says what is known, what happened and what people did with their notes; the why page leads to it', async () => {
    const { page } = await known(person.tried);
    const text = await visitor.read(page);
    expect(text).toMatch(/Did this submission arrive\? did not arrive .*Receipt none .*Now: Look whether/);
    expect(text).toContain(`Submission ${person.tried.submissionId} was registered.`);
    expect(text).toMatch(
      /it did not help See OPS-1234 .*API_KEY Sent on paper .*API_KEY The paper came back/,
    );
    expect((await visitor.look(`/ops/submissions/${person.tried.submissionId}`)).status).toBe(200);
    expect((await visitor.look(`/ops/submissions/${randomUUID()}`)).status).toBe(404);
    const why = await visitor.look(`/ops/tax-returns/${person.tried.taxReturnId}`);
    expect(why.body).toContain(`href="${page}"`);
    expect(textOf(why.body)).toMatch(/Did its submissions reach the authority\? did not arrive/);
  });

  it('keeps what somebody did, once however often it is sent, and takes it back', async () => {
    const { page } = await known(person.lost);
    const action = `${page}/remediations`;
    const form = await visitor.hiddenOf(page, action);
    const given = {
      ...form,
      context: 'sent by fax to ana@example.com',
      evidence: 'OPS-7',
      outcome: 'helped',
    };
    const answers = [await visitor.send(action, given), await visitor.send(action, given)];
    expect(answers.map(({ status, location }) => [status, location])).toEqual([
      [303, page],
      [303, page],
    ]);
    expect(await remediationsOf(person.lost)).toEqual([
      { success: true, ignored_as_duplicate: false, evidence: 'OPS-7', actor: expect.stringMatching(NORA) },
    ]);
    const text = await visitor.read(page);
    expect(text).toMatch(
      /arrive\? arrived, or mended .*it helped See OPS-7 .*nora \(\w+\) sent by fax to \[address\]/,
    );
    expect(text).toMatch(/What people did .*nora \(\w+\) remediate submission/);
    const [, takeBack = ''] =
      /action="(\/ops\/remediations\/[^"]+)"/.exec((await visitor.look(page)).body) ?? [];
    expect((await visitor.submit(page, takeBack, { context: ' ' })).status).toBe(422);
    expect((await visitor.submit(page, takeBack, { context: 'the fax was off' })).status).toBe(303);
    expect((await known(person.lost)).delivered).toBe('failure');
    expect(await visitor.read(page)).toMatch(/it did not help .*the fax was off/);
  });

  it.each([
    ['duplicate', { success: true, ignored_as_duplicate: true }],
    ['did-not-help', { success: false, ignored_as_duplicate: false }],
  ])('keeps an outcome as what it is: %s', async (outcome, kept) => {
    const { page } = await known(person.lost);
    await visitor.submit(page, `${page}/remediations`, { context: 'c', evidence: '', outcome });
    expect(await remediationsOf(person.lost)).toEqual([
      { ...kept, evidence: null, actor: expect.stringMatching(NORA) },
    ]);
  });

  it('is not silently kept as it was by a form that was kept before and says something else now', async () => {
    const { page } = await known(person.lost);
    const action = `${page}/remediations`;
    const form = await visitor.hiddenOf(page, action);
    const given = { ...form, context: 'sent by fax', evidence: '' };
    expect((await visitor.send(action, { ...given, outcome: 'helped' })).status).toBe(303);
    const corrected = await visitor.send(action, { ...given, outcome: 'did-not-help' });
    expect([corrected.status, textOf(corrected.body)]).toEqual([
      409,
      expect.stringContaining('kept before, with other words'),
    ]);
  });

  it('marks what the same person sent as duplicates in one action, from the one that arrived', async () => {
    const lost = await known(person.lost);
    const lostPage = await visitor.read(lost.page);
    expect(lostPage).toContain(`arrived, or mended Submission ${person.kept.submissionId}`);
    expect(lostPage).not.toContain('can stand aside');
    expect((await visitor.submit(lost.page, `${lost.page}/duplicates`, { context: 'c' })).status).toBe(403);
    const { page } = await known(person.kept);
    expect(await visitor.read(page)).toContain('Mark 2 duplicates');
    const marked = await visitor.submit(page, `${page}/duplicates`, { context: 'sent thrice, says she' });
    expect(marked).toMatchObject({ status: 303, location: page });
    expect([await remediationsOf(person.lost), await remediationsOf(person.tried)]).toEqual([
      [expect.objectContaining({ ignored_as_duplicate: true })],
      [expect.anything(), expect.objectContaining({ ignored_as_duplicate: true })],
    ]);
    expect(await visitor.read(page)).not.toContain('Mark 2');
    expect(await visitor.read('/ops/submissions?scope=duplicate')).toContain(person.lost.submissionId);
  });

  it('offers nothing to mark on one that is a duplicate itself', async () => {
    const { page } = await known(person.lost);
    await visitor.submit(page, `${page}/remediations`, { context: 'c', evidence: '', outcome: 'duplicate' });
    expect((await known(person.tried)).delivered).toBe('failure');
    expect(await visitor.read(page)).not.toContain('can stand aside');
    expect(await visitor.read((await known(person.kept)).page)).toContain('Mark 1 duplicate');
  });

  it('says why it refuses: one to keep that did not arrive itself', async () => {
    const lost = await aLostReturn(stack);
    const { page } = await known(lost);
    const form = await visitor.token(page);
    const refused = await visitor.send(`${page}/duplicates`, { form, context: 'c' });
    expect([refused.status, textOf(refused.body)]).toEqual([
      409,
      expect.stringContaining('did not reach the authority itself'),
    ]);
  });

  it('has notes, which are seen there', async () => {
    const { page } = await known(person.lost);
    const noted = await visitor.submit(page, '/ops/notes', { text: 'the office opens at 8' });
    expect(noted).toMatchObject({ status: 303, location: page });
    expect(await visitor.read(page)).toMatch(/nora \(\w+\) note submission .*the office opens at 8/);
  });

  it('has notes on each remediation, seen where the remediation is', async () => {
    const { page } = await known(person.tried);
    const [, id = ''] = /id="remediation-([\w-]+)"/.exec((await visitor.look(page)).body) ?? [];
    const note = { kind: 'remediation', target: id, text: 'the office says: ask ana@example.com' };
    const form = await visitor.token(page);
    const { status, location } = await visitor.send('/ops/notes', { form, ...note });
    expect([status, location]).toEqual([303, `/ops/remediations/${id}`]);
    expect((await visitor.look(location ?? '')).location).toBe(`${page}#remediation-${id}`);
    expect(await visitor.read(page)).toMatch(
      /The paper came back .*nora \(\w+\) the office says: ask \[address\]/,
    );
    expect((await visitor.look(`/ops/remediations/${randomUUID()}`)).status).toBe(404);
  });

  it('is looked at by who may not act', async () => {
    const onlooker = await signedIn('read');
    const { page } = await known(person.lost);
    expect((await onlooker.look(page)).status).toBe(200);
    const form = await onlooker.hiddenOf(page, `${page}/remediations`);
    const given = { ...form, context: 'c', evidence: '', outcome: 'helped' };
    expect((await onlooker.send(`${page}/remediations`, given)).status).toBe(403);
    expect(await remediationsOf(person.lost)).toEqual([]);
  });
});
