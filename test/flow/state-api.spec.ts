import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { aName, aReturn, type MadeReturn } from '../support/make.js';
import { Bucket } from '../support/objects.js';
import { Stack } from '../support/stack.js';

const YEAR = 2024;
/** As of returns whose XML is larger than what a connection takes at once. */
const XML = `<Return xmlns="urn:example">${'<Form>ñ€😀</Form>'.repeat(100_000)}</Return>`;

let stack: Stack;
let bucket: Bucket;
beforeAll(async () => {
  const name = `returns-${randomUUID()}`;
  stack = await Stack.start('state-api', { worker: false, settings: { TAX_RETURNS_BUCKET: name } });
  bucket = await Bucket.of(stack, name);
});

const say = ({ taxReturnId, submissionId }: MadeReturn, status: string, more: object = {}) =>
  stack.api('POST', '/v1/submission-status', { taxReturnId, submissionId, status, ...more });

const look = ({ taxReturnId, submissionId }: Omit<MadeReturn, 'email' | 'userId'>, year = YEAR) =>
  stack.api('GET', `/v1/state-api/status/${year}/${taxReturnId}/${submissionId}`);

const xmlOf = ({ taxReturnId }: MadeReturn) =>
  stack.api<unknown>('GET', `/v1/state-api/xml/${taxReturnId}`, undefined, { accept: 'application/xml' });

const keyOf = ({ taxReturnId, submissionId }: MadeReturn) =>
  `${YEAR}/taxreturns/${taxReturnId}/submissions/${submissionId}.xml`;

describe('the state filing tool', () => {
  it.each([
    [[], 'Pending', false],
    [['submitted'], 'Pending', true],
    [['error_mef'], 'Error', false],
    [['submitted', 'rejected'], 'Rejected', false],
    [['submitted', 'rejected', 'accepted'], 'Accepted', true],
  ])('hears of a return after %j what its taxpayer hears: %s', async (said, status, exportable) => {
    const owner = await aReturn(stack, { taxYear: YEAR });
    for (const one of said) await say(owner, one, one === 'submitted' ? { receiptId: 'R1' } : {});
    const [tool, taxpayer, eligibility] = await Promise.all([
      look(owner),
      stack.api('GET', `/v1/tax-returns/${owner.taxReturnId}/status`),
      stack.api('GET', `/v1/tax-returns/${owner.taxReturnId}/eligibility`),
    ]);
    expect([tool.status, tool.body]).toEqual([200, { status, exists: true, exportable }]);
    expect([taxpayer.body, eligibility.body]).toMatchObject([{ status }, { exportable }]);
  });

  it('hears that what it asks for does not exist: another year, another return, another submission', async () => {
    const [owner, other] = await Promise.all([
      aReturn(stack, { taxYear: YEAR }),
      aReturn(stack, { taxYear: YEAR }),
    ]);
    await say(owner, 'accepted');
    const none = { status: 'Accepted', exists: false, exportable: false };
    expect((await look(owner, YEAR + 1)).body).toEqual(none);
    expect((await look({ ...owner, submissionId: other.submissionId })).body).toEqual(none);
    expect((await look(aName())).body).toEqual({ status: 'Error', exists: false, exportable: false });
  });

  it('gets the XML of an exportable return, byte for byte', async () => {
    const owner = await aReturn(stack, { taxYear: YEAR });
    await bucket.put(keyOf(owner), XML);
    await say(owner, 'submitted', { receiptId: 'R1' });
    const { status, headers, body } = await xmlOf(owner);
    expect([status, headers.get('content-type'), body === XML]).toEqual([200, 'application/xml', true]);
    expect(Number(headers.get('content-length'))).toBe(Buffer.byteLength(XML));
  });

  it('gets the XML of the submission that counts: an accepted one, however old', async () => {
    const owner = await aReturn(stack, { taxYear: YEAR });
    await say(owner, 'accepted');
    const { submissionId } = aName();
    await stack.api('PUT', `/v1/tax-returns/${owner.taxReturnId}/submissions/s2`, { submissionId });
    await bucket.put(keyOf(owner), '<Accepted/>');
    await bucket.put(keyOf({ ...owner, submissionId }), '<Newer/>');
    expect((await xmlOf(owner)).body).toBe('<Accepted/>');
  });

  it.each(['error_xml', 'rejected'])('is refused the XML of a return after %s', async (said) => {
    const owner = await aReturn(stack, { taxYear: YEAR });
    await bucket.put(keyOf(owner), XML);
    await say(owner, said);
    const { status, body } = await xmlOf(owner);
    expect([status, body]).toMatchObject([409, { type: '/problems/conflict' }]);
  });

  it('is told when there is no XML, and when S3 does not give it just now', async () => {
    const owner = await aReturn(stack, { taxYear: YEAR });
    await say(owner, 'accepted');
    expect((await xmlOf(owner)).status).toBe(404);
    expect((await xmlOf(aName())).status).toBe(404);
    await bucket.vanish();
    const { status, headers } = await xmlOf(owner);
    expect([status, headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)]);
    await bucket.make();
  });

  it('is told where an installation keeps no XML', async () => {
    const bare = await Stack.start('state-api-bare', { worker: false });
    const owner = await aReturn(bare);
    const { taxReturnId, submissionId } = owner;
    await bare.api('POST', '/v1/submission-status', { taxReturnId, submissionId, status: 'accepted' });
    const { status, body } = await bare.api('GET', `/v1/state-api/xml/${taxReturnId}`);
    expect([status, body]).toMatchObject([
      404,
      { detail: expect.stringContaining('TAX_RETURNS_BUCKET') as string },
    ]);
  });
});
