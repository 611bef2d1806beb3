import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('test-mails', {
    worker: false,
    settings: { TEST_MAIL_ALLOWED: 'example.org,one@example.net' },
  });
});
beforeEach(async () => {
  await stack.sql('DELETE FROM test_mails');
});

interface FormOptions {
  fields?: Record<string, string>;
  headers?: Record<string, string>;
  path?: string;
}

/** Posts the form of a mail's page, as a browser does. */
async function send(to: string, { fields, headers, path = '/preview/rejected/typical' }: FormOptions = {}) {
  return fetch(`${await stack.app.getUrl()}${path}/test-mails`, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      authorization: `Bearer ${stack.environment.API_KEY}`,
      'sec-fetch-site': 'same-origin',
      ...headers,
    },
    body: new URLSearchParams({ to, lang: 'es', ...fields }),
  });
}

describe('a test mail', () => {
  it('goes to an allowed address, marked, and is on record without it', async () => {
    const answer = await send('ops@example.org');
    expect(answer.status).toBe(303);
    const mail = stack.mailbox.mails.find(({ to }) => to.includes('ops@example.org'));
    expect(mail?.subject).toMatch(/^\[TEST\] Rechazada: /);
    const rows = await stack.sql('SELECT * FROM test_mails');
    expect(rows).toEqual([
      expect.objectContaining({
        template: 'rejected',
        sample: 'typical',
        language: 'es',
        outcome: 'accepted',
        requested_by: expect.stringMatching(/./) as unknown,
        address_hash: expect.stringMatching(/^test\..{43}$/) as unknown,
      }),
    ]);
    const page = await stack.api<string>('GET', answer.headers.get('location') ?? '');
    expect(page.body).toContain('the relay accepted the test mail');
  });

  it('shows edited values as they are on the screen', async () => {
    await send('edited@example.org', { fields: { values: '{"taxYear":2031}' } });
    const mail = stack.mailbox.mails.find(({ to }) => to.includes('edited@example.org'));
    expect(mail?.subject).toContain('2031');
    expect(await stack.sql('SELECT sample FROM test_mails')).toEqual([{ sample: null }]);
  });

  it('that the relay refuses is on record with its answer', async () => {
    stack.mailbox.answer({ at: 'rcpt', code: 550, times: 1 });
    const answer = await send('refused@example.org');
    expect(await stack.sql('SELECT outcome, response_code FROM test_mails')).toEqual([
      { outcome: 'refused', response_code: 550 },
    ]);
    const page = await stack.api<string>('GET', answer.headers.get('location') ?? '');
    expect(page.body).toContain('Not sent');
  });

  it.each([
    ['to an address that is not allowed', 'two@example.net', {}, 403],
    ['to what is no address', 'nobody', {}, 422],
    ['of values that make no mail', 'ops@example.org', { fields: { values: '{}' } }, 422],
    ['of no sample', 'ops@example.org', { path: '/preview/rejected/none' }, 404],
    ['without a key', 'ops@example.org', { headers: { authorization: '' } }, 401],
    ['from another site', 'ops@example.org', { headers: { 'sec-fetch-site': 'cross-site' } }, 403],
    ['that is no form', 'ops@example.org', { headers: { 'content-type': 'text/plain' } }, 415],
  ] as const)('%s is not sent and not recorded', async (_what, to, options, status) => {
    const before = stack.mailbox.mails.length;
    expect((await send(to, options)).status).toBe(status);
    expect(stack.mailbox.mails).toHaveLength(before);
    expect(await stack.sql('SELECT 1 FROM test_mails')).toEqual([]);
  });

  it('from another site is not sent either where the browser says so in the old way', async () => {
    const old = { 'sec-fetch-site': '', origin: 'https://elsewhere.example' };
    expect((await send('ops@example.org', { headers: old })).status).toBe(403);
  });

  it('is the last one of a minute after the fifth, also when all come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 9 }, () => send('one@example.net')));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 303, 303, 303, 303, 429, 429, 429, 429]);
  });
});
