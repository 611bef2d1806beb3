import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { KeyService } from '#libs/keys/index.js';
import { PrismaService } from '#libs/platform/index.js';
import { aName, aReturn, register } from '../support/make.js';
import { Stack } from '../support/stack.js';
import { textOf, Visitor } from '../support/visitor.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('http', { settings: { PREVIEW_OPEN: 'loopback' } });
});

interface ProblemBody {
  status: number;
  title: string;
  detail: string;
  errors?: { pointer: string; detail: string }[];
}

/** By one of these a proxy, a tunnel or a cloud shows itself. */
const FORWARDERS =
  'X-Forwarded Forwarded-For Client-IP X-Remote-Addr X-ProxyUser-Ip Proxy-Connection DO-Connecting-IP True-Client-IP X-Originating-IP ' +
  'X-Azure-SocketIP X-Azure-FDID Fly-Region Fastly-FF Akamai-Origin-Hop Tailscale-User-Login CDN-Loop Max-Forwards Front-End-Https ' +
  'X-Scheme X-Varnish X-Original-Host X-Envoy-Attempt-Count X-Amzn-Trace-Id X-ARR-Log-Id X-Appengine-Country X-Vercel-Id';

describe('a key (which route needs which: test/keys)', () => {
  it('is not needed for probes, nor for sample previews on the machine itself', async () => {
    for (const path of ['/health/live', '/health/ready', '/preview', '/preview/accepted/typical']) {
      expect([path, (await stack.api('GET', path, undefined, { authorization: '' })).status]).toEqual([
        path,
        200,
      ]);
    }
  });

  it.each<Record<string, string>>([
    { 'x-forwarded-for': '203.0.113.9' },
    { 'X-Forwarded-Proto': 'http' },
    { forwarded: 'for=203.0.113.9' },
    { 'x-real-ip': '203.0.113.9' },
    { via: '1.1 proxy' },
    ...FORWARDERS.split(' ').map((name) => ({ [name]: '203.0.113.9' })),
    { 'cf-ray': '230b030023ae2822-SJC' },
    { host: 'rebound.example' },
    { host: '127.0.0.1.rebound.example' },
    { host: 'localhost.rebound.example:8080' },
  ])(
    'is needed for them by whoever asks through another, or by a name that is not ours: %j',
    async (headers) => {
      expect(await lookAround(headers)).toBe(401);
      for (const host of ['localhost', 'app.localhost:8080', '127.0.0.1:8080', '[::1]:8080'])
        expect([host, await lookAround({ host })]).toEqual([host, 200]);
    },
  );

  it('is looked for so often from one address only; then only keys pass that nobody could have guessed', async () => {
    const limited = await Stack.start('failed-keys', {
      worker: false,
      settings: { FAILED_KEYS_PER_MINUTE: '5' },
    });
    const { key } = await new KeyService(limited.app.get(PrismaService)).create({
      name: 'x',
      scopes: ['read'],
    });
    const ask = (text: string) =>
      limited.api<ProblemBody>('GET', '/v1/notifications', undefined, { authorization: `Bearer ${text}` });
    const wrong = key.slice(0, -4) + 'xxxx';
    const [first, second] = [await ask('a-guess-of-many'), await ask(wrong)];
    expect([first.status, second.status]).toEqual([401, 401]);
    expect((await new Visitor(limited).signIn('another guess')).status).toBe(401);
    await Promise.all([ask(wrong), ask('one-more-guess')]);
    for (const text of ['a-guess-of-many', wrong, limited.environment.API_KEY ?? '']) {
      const { status, headers, body } = await ask(text);
      const seconds = Number(headers.get('retry-after'));
      expect([status, body.status, seconds > 0 && seconds <= 60]).toEqual([429, 429, true]);
    }
    const signIn = await new Visitor(limited).signIn('another guess');
    expect([signIn.status, textOf(signIn.body)]).toEqual([429, expect.stringContaining('Too many keys')]);
    expect((await ask(key)).status).toBe(200);
    expect((await new Visitor(limited).signIn(key)).status).toBe(303);
    expect(limited.log()).not.toMatch(/127\.0\.0\.1(?!:)/);
  });
});

describe('an answer', () => {
  it.each([
    '/v1/notifications',
    '/v1/notifications.csv',
    '/v1/nothing',
    '/health/ready',
    '/',
    '/ops',
    '/preview',
    '/docs',
  ])(
    'of %s is kept by nobody, is taken for nothing else, and stays with TLS where that is spoken',
    async (path) => {
      const plain = (await stack.api('GET', path)).headers;
      expect([plain.get('cache-control'), plain.get('x-content-type-options')]).toEqual([
        'no-store',
        'nosniff',
      ]);
      expect(plain.get('strict-transport-security')).toBeNull();
      const { headers } = await stack.api('GET', path, undefined, { 'x-forwarded-proto': 'https' });
      expect(headers.get('strict-transport-security')).toBe('max-age=31536000');
    },
  );
});

/** What whoever has no key hears of the sample previews. `fetch` sets the Host itself. */
async function lookAround(headers: Record<string, string>): Promise<number | undefined> {
  const asked = request(`${await stack.app.getUrl()}/preview`, { headers }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  return answer.statusCode;
}

describe('a bad request', () => {
  it('names every member at fault at once, and no value', async () => {
    const answer = await stack.api<ProblemBody>('PUT', `/v1/tax-returns/${randomUUID()}`, {
      email: 'someone at example',
      taxYear: '2025',
    });
    expect(answer.status).toBe(422);
    expect(answer.body.errors?.map((error) => error.pointer).sort()).toEqual(['/email', '/taxYear']);
    expect(JSON.stringify(answer.body)).not.toContain('someone');
  });

  it.each([
    ['PUT', '/v1/tax-returns/not-a-uuid', {}, 422],
    ['PUT', `/v1/tax-returns/${randomUUID()}/submissions/s1`, {}, 404],
    ['POST', '/v1/submission-status', '{"half', 400],
    ['POST', '/v1/submission-status', '"text"', 422],
    ['GET', '/v1/notifications?standing=great', undefined, 422],
    ['GET', '/v1/notifications?cursor=xyz', undefined, 422],
    ['GET', '/v1/submissions/unknown', undefined, 404],
    ['GET', `/v1/tax-returns/${randomUUID()}/status`, undefined, 404],
    ['GET', `/v1/notifications/${randomUUID()}`, undefined, 404],
    ['POST', `/v1/quarantine/${randomUUID()}/replay`, { reason: 'x' }, 404],
    ['GET', '/nothing/here', undefined, 404],
  ] as const)('%s %s is a problem document', async (method, path, body, status) => {
    const answer = await stack.api<ProblemBody>(method, path, body);
    expect([answer.status, answer.body.status]).toEqual([status, status]);
    expect(answer.body.detail.length).toBeGreaterThan(10);
  });
});

describe('registration', () => {
  it('may be repeated, keeps what is not named, and takes away what is null', async () => {
    const owner = await aReturn(stack, { language: 'es' });
    const again = await stack.api('PUT', `/v1/tax-returns/${owner.taxReturnId}`, { email: null });
    expect(again.body).toEqual({ taxReturnId: owner.taxReturnId, created: false });
    const [row] = await stack.sql('SELECT email, language FROM tax_returns WHERE id = $1', [
      owner.taxReturnId,
    ]);
    expect(row).toEqual({ email: null, language: 'es' });
  });

  it('sets the submissionId of a submission once, for one submission only', async () => {
    const [one, two] = [await aReturn(stack), await aReturn(stack, { submissionKnown: false })];
    const set = (submissionId: string) =>
      stack.api('PUT', `/v1/tax-returns/${two.taxReturnId}/submissions/s1`, { submissionId });
    expect((await set(one.submissionId)).status).toBe(409);
    expect((await set(two.submissionId)).status).toBe(200);
    expect((await set(two.submissionId)).status).toBe(200);
    expect((await set(`${two.submissionId}X`)).status).toBe(409);
  });

  it('gives one id to one submission however many callers register it at once', async () => {
    const owner = aName();
    await stack.api('PUT', `/v1/tax-returns/${owner.taxReturnId}`, { email: owner.email });
    const path = `/v1/tax-returns/${owner.taxReturnId}/submissions/s1`;
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        stack.api<{ id: string; created: boolean }>('PUT', path, { submissionId: owner.submissionId }),
      ),
    );
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(({ body }) => body.created)).toHaveLength(1);
  });

  it('answers 200 to all who register one return at once', async () => {
    const owner = aName();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        stack.api('PUT', `/v1/tax-returns/${owner.taxReturnId}`, { email: owner.email }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
  });
});

describe('status messages over HTTP', () => {
  it('have an outcome per entry; a bad one does not keep the others', async () => {
    const owner = await aReturn(stack);
    const { taxReturnId, submissionId } = owner;
    const { status, body } = await stack.api('POST', '/v1/submission-status', [
      { taxReturnId, submissionId, status: 'submitted', surprise: true },
      { taxReturnId, submissionId, status: 'delivered' },
      { taxReturnId, submissionId, status: 'submitted' },
    ]);
    expect([status, body]).toMatchObject([
      202,
      {
        entries: [
          { index: 0, outcome: 'applied' },
          { index: 1, outcome: 'refused' },
          { index: 2, outcome: 'duplicate' },
        ],
      },
    ]);
  });

  it('are refused as a call where one alone is refused, by its members or by what is on record, and nothing of it is kept', async () => {
    const { taxReturnId, submissionId } = await aReturn(stack);
    const send = (message: object) => stack.api<ProblemBody>('POST', '/v1/submission-status', message);
    const unfit = await send({ taxReturnId, submissionId, status: 'delivered', rejectionCodes: [{}] });
    expect([unfit.status, unfit.body.errors?.map(({ pointer }) => pointer)]).toEqual([
      422,
      ['/status', '/rejectionCodes/0/MeFErrorCode'],
    ]);
    const unmatched = await send({ taxReturnId, submissionId, status: 'error_resolved' });
    expect([unmatched.status, unmatched.body]).toEqual([
      422,
      {
        type: '/problems/invalid-request',
        title: unfit.body.title,
        status: 422,
        detail: 'The newest submission has no open failure.',
      },
    ]);
    expect(
      (await stack.api('POST', '/v1/submission-status', [{ taxReturnId, status: 'error_resolved' }])).status,
    ).toBe(202);
    expect(
      (await send({ taxReturnId: randomUUID(), submissionId: 'later', status: 'accepted' })).status,
    ).toBe(202);
  });

  it('count a failure once for each Idempotency-Key', async () => {
    const { taxReturnId, submissionId } = await aReturn(stack);
    const failure = {
      taxReturnId,
      submissionId,
      status: 'error_mef',
      failure: { category: 'processing', message: 'no route' },
    };
    const send = (key: string) =>
      stack.api('POST', '/v1/submission-status', failure, { 'idempotency-key': key });
    const key = randomUUID();
    expect((await send(key)).body).toMatchObject({ entries: [{ outcome: 'applied' }] });
    // The same answer; that nothing happened again, test/flow/http-idempotency.spec.ts shows.
    expect((await send(key)).body).toMatchObject({ entries: [{ outcome: 'applied' }] });
    expect((await send(randomUUID())).body).toMatchObject({ entries: [{ outcome: 'applied' }] });
  });

  it('show up in status and eligibility', async () => {
    const { taxReturnId, submissionId } = await aReturn(stack);
    const say = (status: string) =>
      stack.api('POST', '/v1/submission-status', { taxReturnId, submissionId, status });
    const look = async () => [
      (await stack.api(`GET`, `/v1/tax-returns/${taxReturnId}/status`)).body,
      (await stack.api(`GET`, `/v1/tax-returns/${taxReturnId}/eligibility`)).body,
    ];
    expect(await look()).toMatchObject([{ status: 'Pending' }, { editable: false, exportable: false }]);
    await stack.api('PUT', `/v1/submissions/${submissionId}/rejection-codes`, [
      { MeFErrorCode: 'IND-031-04' },
    ]);
    await say('rejected');
    const code = {
      MeFErrorCode: 'IND-031-04',
      TranslationKey: 'status.reject.IND-031-04',
      MeFDescription: '',
    };
    expect(await look()).toMatchObject([
      { status: 'Rejected', translationKey: 'status.rejected', rejectionCodes: [code] },
      { editable: true },
    ]);
    await say('accepted');
    expect(await look()).toMatchObject([
      { status: 'Accepted', rejectionCodes: [] },
      { editable: false, exportable: true, countingSubmissionId: submissionId },
    ]);
  });
});

describe('a notification over HTTP', () => {
  it('is created once, sent, and shown with its deliveries', async () => {
    const owner = await aReturn(stack);
    const ask = () =>
      stack.api<{ id: string; created: boolean }>('POST', '/v1/notifications', {
        taxReturnId: owner.taxReturnId,
        template: 'reminder-state',
        occurrence: 'spring',
        context: { state: 'MA' },
      });
    const [first, second] = [await ask(), await ask()];
    expect([first.status, first.body.created, second.body]).toEqual([
      202,
      true,
      { id: first.body.id, created: false },
    ]);
    await stack.idle();
    const { body } = await stack.api('GET', `/v1/notifications/${first.body.id}`);
    expect(body).toMatchObject({
      state: 'handed_over',
      standing: 'success',
      deliveries: [{ attempt: 1, outcome: 'accepted', responseCode: 250, language: 'en' }],
    });
    expect(stack.mailbox.mails.filter((mail) => mail.to.includes(owner.email))).toHaveLength(1);
  });

  it('is refused with every problem when its context does not fit', async () => {
    const { taxReturnId } = aName();
    const answer = await stack.api<ProblemBody>('POST', '/v1/notifications', {
      taxReturnId,
      template: 'reminder-state',
      context: { state: 'Massachusetts', colour: 'red' },
    });
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toHaveLength(2);
    expect(
      (await stack.api<ProblemBody>('POST', '/v1/notifications', { taxReturnId, template: 'birthday' })).body
        .errors,
    ).toMatchObject([{ pointer: '/template' }]);
  });

  it('is not sent after its last moment, and says so', async () => {
    const owner = await aReturn(stack);
    const { body } = await stack.api<{ id: string }>('POST', '/v1/notifications', {
      taxReturnId: owner.taxReturnId,
      template: 'reminder-state',
      notAfter: '2020-01-01T00:00:00Z',
    });
    await stack.idle();
    expect((await stack.api('GET', `/v1/notifications/${body.id}`)).body).toMatchObject({
      state: 'withheld',
      reason: 'too-late',
      deliveries: [],
    });
  });

  it('is found on exactly one page of a list that is walked by cursor', async () => {
    const owner = aName();
    await register(stack, owner);
    for (let number = 0; number < 5; number += 1) {
      await stack.api('POST', '/v1/notifications', {
        taxReturnId: owner.taxReturnId,
        template: 'reminder-state',
        occurrence: `n${number}`,
      });
    }
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const path: string = `/v1/notifications?taxReturnId=${owner.taxReturnId}&limit=2${cursor ? `&cursor=${cursor}` : ''}`;
      const { body } = await stack.api<{ items: { id: string }[]; nextCursor: string | null }>('GET', path);
      seen.push(...body.items.map((item) => item.id));
      cursor = body.nextCursor;
    } while (cursor);
    expect([seen.length, new Set(seen).size]).toEqual([5, 5]);
  });
});
