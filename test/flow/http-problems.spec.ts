import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { PROBLEM_KINDS, PROBLEMS } from '#apps/api/src/problems/problem.kinds.js';
import { aName, aReturn, register } from '../support/make.js';
import { ownDatabase } from '../support/own.database.js';
import { ownPostgres } from '../support/servers.js';
import { Stack } from '../support/stack.js';

interface ProblemBody {
  type: string;
  status: number;
  detail: string;
  errors?: { pointer?: string; parameter?: string; in?: string; detail: string }[];
}

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('problems', { worker: false });
});

const ask = (body: unknown, headers: Record<string, string> = {}) =>
  stack.api<ProblemBody>('POST', '/v1/notifications', body, headers);

describe('a problem', () => {
  it('leads by its type to a page that says what to do', async () => {
    const answer = await stack.api<ProblemBody>('GET', `/v1/notifications/${randomUUID()}`);
    expect(answer.body.type).toBe('/problems/not-found');
    const page = await stack.api<string>('GET', answer.body.type, undefined, { authorization: '' });
    expect([page.status, page.body.includes(PROBLEMS['not-found'].todo)]).toEqual([200, true]);
    const all = await stack.api<string>('GET', '/problems', undefined, { authorization: '' });
    expect(PROBLEM_KINDS.filter((kind) => !all.body.includes(`/problems/${kind}`))).toEqual([]);
    expect((await stack.api('GET', '/problems/of-mine')).status).toBe(404);
  });

  it('of a body names what is missing, wrong, unknown, and what the template would not take, all at once', async () => {
    const answer = await ask({
      taxReturnId: 'someone@example.com',
      template: 'reminder-state',
      context: { state: 'Massachusetts' },
      notAfter: 7,
      'colour/of ~': 'red',
    });
    expect([answer.status, answer.body.type]).toEqual([422, '/problems/invalid-request']);
    expect(answer.body.errors?.map(({ pointer, detail }) => `${pointer}: ${detail}`).sort()).toEqual([
      expect.stringMatching(/^\/colour~1of ~0: is not a member/),
      expect.stringMatching(/^\/context: "state"/),
      '/notAfter: must be a string',
      expect.stringMatching(/^\/taxReturnId: /),
    ]);
    expect(JSON.stringify(answer.body)).not.toContain('someone');
    expect((await ask({})).body.errors).toEqual([
      { pointer: '/taxReturnId', detail: 'is missing' },
      { pointer: '/template', detail: 'is missing' },
    ]);
  });

  it.each([
    [`/v1/tax-returns/${randomUUID()}`, { e_mail: 'x' }, '/e_mail'],
    [`/v1/tax-returns/${randomUUID()}/submissions/s1`, { receipt: 'x' }, '/receipt'],
    ['/v1/submissions/A/rejection-codes', { codes: [] }, ''],
  ])('of %s names a member that is not known', async (path, body, pointer) => {
    const answer = await stack.api<ProblemBody>('PUT', path, body);
    expect([answer.status, answer.body.errors?.map((error) => error.pointer)]).toEqual([422, [pointer]]);
  });

  it('of a query or a path names the parameter', async () => {
    const query = await stack.api<ProblemBody>(
      'GET',
      '/v1/notifications?standing=great&limit=0&template=birthday&colour=red&since=now',
    );
    expect(query.body.errors?.map((error) => `${error.in} ${error.parameter}`).sort()).toEqual([
      'query colour',
      'query limit',
      'query since',
      'query standing',
      'query template',
    ]);
    const path = await stack.api<ProblemBody>('GET', '/v1/notifications/17');
    expect(path.body.errors).toEqual([{ parameter: 'id', in: 'path', detail: 'must be a UUID' }]);
  });

  it('of the method says which there are', async () => {
    const answer = await stack.api<ProblemBody>('DELETE', `/v1/tax-returns/${randomUUID()}/status`);
    expect([answer.status, answer.headers.get('allow'), answer.body.type]).toEqual([
      405,
      'GET',
      '/problems/method-not-allowed',
    ]);
  });

  it.each(['/v1/nothing', '/v1/notifications/%zz', '/docs/LICENSE'])(
    'of a path of which there is nothing is 404: %s',
    async (path) => {
      const answer = await stack.api<ProblemBody>('GET', path);
      expect([answer.status, answer.body.type]).toEqual([404, '/problems/not-found']);
    },
  );

  it.each([
    ['text/plain', 'hello'],
    ['application/x-www-form-urlencoded', 'a=b'],
    ['application/json; charset=latin1', '{}'],
  ])('of a body in %s is 415 and says what is taken', async (type, body) => {
    const answer = await ask(body, { 'content-type': type });
    expect([answer.status, answer.body.type]).toEqual([415, '/problems/unsupported-media-type']);
  });

  it('of a stream where none is taken is 415', async () => {
    const answer = await stack.api<ProblemBody>('PUT', `/v1/tax-returns/${randomUUID()}`, '{}', {
      'content-type': 'application/x-ndjson',
    });
    expect(answer.status).toBe(415);
    expect(answer.body.detail).toContain('application/json');
  });

  it('of what the caller would accept is 406; browsers are served', async () => {
    const get = (accept: string) => stack.api<ProblemBody>('GET', '/v1/notifications', undefined, { accept });
    expect((await get('application/xml')).body).toMatchObject({ type: '/problems/not-acceptable' });
    expect((await get('text/html,application/xhtml+xml,*/*;q=0.8')).status).toBe(200);
  });

  it('of a body that is too large says how to send it', async () => {
    const answer = await ask({ context: { text: 'x'.repeat(6e6) } });
    expect([answer.status, answer.body.type]).toEqual([413, '/problems/content-too-large']);
    expect(answer.body.detail).toContain('application/x-ndjson');
  });

  it('of a body that is not JSON says so, without its words', async () => {
    const answer = await ask('{"taxReturnId": someone@example.com}');
    expect(answer.status).toBe(400);
    expect(answer.body.detail).toContain('not JSON');
    expect(answer.body.detail).not.toContain('someone');
  });
});

describe('while the database is away', () => {
  it('every call is 503 with Retry-After, and so is readiness', async () => {
    const postgres = await ownPostgres();
    const other = await Stack.start('problems-away', {
      worker: false,
      databaseUrl: await ownDatabase(postgres),
    });
    try {
      const owner = await aReturn(other);
      await postgres.stop();
      for (const [method, path, body] of [
        ['GET', '/health/ready'],
        ['GET', '/v1/notifications'],
        ['PUT', `/v1/tax-returns/${owner.taxReturnId}`, {}],
        ['POST', '/v1/submission-status', { taxReturnId: owner.taxReturnId, status: 'submitted' }],
      ] as const) {
        const answer = await other.api<ProblemBody>(method, path, body);
        expect([path, answer.status, answer.body.type]).toEqual([path, 503, '/problems/unavailable']);
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      }
    } finally {
      await postgres.start();
      await other.stop();
      await postgres.stop();
    }
  });
});

describe('a list that is walked by its next links', () => {
  it('shows each mail of the first moment exactly once while others are added, with the filters kept', async () => {
    const owner = aName();
    await register(stack, owner);
    const add = (occurrence: string) =>
      stack.api('POST', '/v1/notifications', {
        taxReturnId: owner.taxReturnId,
        template: 'reminder-state',
        occurrence,
      });
    // In one statement, so that all have one time: then only the id can tell them apart.
    const first = Array.from({ length: 7 }, (_, number) => `first-${number}`);
    await stack.api(
      'POST',
      '/v1/notifications',
      first.map((occurrence) => ({
        taxReturnId: owner.taxReturnId,
        template: 'reminder-state',
        occurrence,
      })),
    );
    const seen: string[] = [];
    let next: string | null =
      `/v1/notifications?taxReturnId=${owner.taxReturnId}&template=reminder-state&limit=2`;
    for (let page = 0; next; page += 1) {
      await add(`later-${page}`);
      const {
        body,
      }: { body: { items: { occurrence: string; taxReturnId: string }[]; next: string | null } } =
        await stack.api('GET', next);
      seen.push(...body.items.map(({ occurrence }) => occurrence));
      expect(body.items.every(({ taxReturnId }) => taxReturnId === owner.taxReturnId)).toBe(true);
      next = body.next;
    }
    expect(seen.filter((occurrence) => occurrence.startsWith('first')).sort()).toEqual(first);
    expect(new Set(seen).size).toBe(seen.length);
  });
});
