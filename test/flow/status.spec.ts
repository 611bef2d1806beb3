import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { aName, aReturn, type MadeReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('status', { worker: false });
});

const say = ({ taxReturnId, submissionId }: MadeReturn, status: string, more: object = {}) =>
  stack.api('POST', '/v1/submission-status', { taxReturnId, submissionId, status, ...more });

function ask(path: string, tag?: string) {
  return stack.api('GET', path, undefined, tag === undefined ? {} : { 'if-none-match': tag });
}

/** The three ways to ask about a return, all with the same tag. */
const waysOf = ({ taxReturnId, submissionId }: MadeReturn) => [
  `/v1/tax-returns/${taxReturnId}/status`,
  `/v1/tax-returns/${taxReturnId}/eligibility`,
  `/v1/submissions/${submissionId}/status`,
];

describe('whoever has the answer already', () => {
  it('hears that nothing has changed, and an answer again when something has', async () => {
    const owner = await aReturn(stack);
    for (const path of waysOf(owner)) {
      await say(owner, 'error_mef');
      const { status, headers } = await ask(path);
      const tag = headers.get('etag') ?? '';
      expect([status, tag]).toEqual([200, expect.stringMatching(/^"[\w-]+"$/)]);

      const same = await ask(path, tag);
      expect([same.status, same.body, same.headers.get('etag')]).toEqual([304, '', tag]);
      expect((await ask(path, `"another", W/${tag}`)).status).toBe(304);

      await say(owner, 'error_resolved');
      const other = await ask(path, tag);
      expect([other.status, other.headers.get('etag') === tag]).toEqual([200, false]);
    }
  });

  it('is still told when a code of the rejection has changed', async () => {
    const owner = await aReturn(stack);
    await say(owner, 'rejected', {
      rejectionCodes: [{ MeFErrorCode: 'A-1', MeFDescription: 'Is missing.' }],
    });
    const path = `/v1/tax-returns/${owner.taxReturnId}/status`;
    const { headers, body } = await ask(path);
    expect(body).toMatchObject({
      rejectionCodes: [
        { MeFErrorCode: 'A-1', TranslationKey: 'status.reject.A-1', MeFDescription: 'Is missing.' },
      ],
    });
    await stack.api('PUT', `/v1/submissions/${owner.submissionId}/rejection-codes`, [
      { MeFErrorCode: 'B-2' },
    ]);
    const other = await ask(path, headers.get('etag') ?? '');
    expect([other.status, other.body]).toMatchObject([200, { rejectionCodes: [{ MeFErrorCode: 'B-2' }] }]);
  });

  it('finds nothing where there is nothing, whatever they say they have', async () => {
    const nobody = aName();
    for (const path of waysOf(nobody))
      for (const tag of [undefined, '"1-0"', '*'])
        expect([path, tag, (await ask(path, tag)).status]).toEqual([path, tag, 404]);
    await stack.api('PUT', `/v1/tax-returns/${nobody.taxReturnId}`, {});
    expect((await ask(`/v1/tax-returns/${nobody.taxReturnId}/status`, '"1-1"')).status).toBe(404);
  });
});

it('an answer says that no store on the way may keep it, and when to ask again: soon while something is expected', async () => {
  const owner = await aReturn(stack);
  const [path = ''] = waysOf(owner);
  const hint = async () => {
    const { headers } = await ask(path);
    expect(headers.get('cache-control')).toBe('private, no-cache');
    return Number(headers.get('retry-after'));
  };
  const pending = await hint();
  await say(owner, 'accepted');
  const accepted = await hint();
  expect([pending > 0, accepted > 10 * pending]).toEqual([true, true]);
});

describe('statuses of many returns', () => {
  it('come in the order in which they were asked for, each as if it were asked for alone', async () => {
    const [pending, accepted, rejected] = await Promise.all([aReturn(stack), aReturn(stack), aReturn(stack)]);
    await say(accepted, 'accepted');
    await say(rejected, 'rejected', { rejectionCodes: [{ MeFErrorCode: 'A-1' }] });
    const unknown = randomUUID();
    const ids = [
      rejected.taxReturnId,
      unknown,
      pending.taxReturnId,
      accepted.taxReturnId,
      rejected.taxReturnId,
    ];
    const { status, body } = await stack.api<{ statuses: object[] }>('POST', '/v1/statuses', {
      taxReturnIds: ids,
    });
    expect(status).toBe(200);
    const alone = await Promise.all(
      ids.map(async (taxReturnId) => {
        const one = await ask(`/v1/tax-returns/${taxReturnId}/status`);
        return one.status === 200 ? { taxReturnId, ...one.body } : { taxReturnId, problem: one.body };
      }),
    );
    expect(body.statuses).toEqual(alone);
    expect((await stack.api('POST', '/v1/statuses', ids)).body).toEqual(body);
  });

  it.each([
    ['none', []],
    ['more than a hundred', Array.from({ length: 101 }, () => randomUUID())],
    ['one that is no id', [randomUUID(), 'x']],
  ])('are refused of %s', async (_what, ids) => {
    const { status } = await stack.api('POST', '/v1/statuses', { taxReturnIds: ids });
    expect(status).toBe(422);
  });
});
